import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseWallClock } from '@ticket-check/protocol';
import { makeBoxOffice, makeUkey, publicPart, rotateUkey, type Ticket } from '@ticket-check/simulators/box-office';
import type { Role } from '@ticket-check/simulators/dev-network';
import { startPlainPlatform } from '../plain-platform.ts';
import { shanghaiTime } from './client.ts';
import type { Site } from './site.ts';
import { plainTicket, sellTicket } from './tickets.ts';

export type PlainScene = Awaited<ReturnType<typeof plainScene>>;

const DAY = 86_400;

/** A cinema at a plain platform that holds two keys, the newer one as `<hex modulus>|010001`, the older one with milliseconds. */
export async function plainScene() {
  const plain = await startPlainPlatform();
  const boxOffice = makeBoxOffice({ now: parseWallClock(shanghaiTime(-400 * DAY)) });
  rotateUkey(boxOffice, makeUkey(parseWallClock(shanghaiTime(-DAY))));
  const cinema = boxOffice.cinema.cinemaCode;
  const [older, newer] = boxOffice.ukeys;
  const { n = '' } = publicPart(newer!).key.export({ format: 'jwk' });
  plain.publicKeys.set(cinema, [
    { PublicKey: `${Buffer.from(n, 'base64url').toString('hex').toUpperCase()}|010001`, StartTime: newer!.startTime },
    { PublicKey: publicPart(older!).spki, StartTime: `${older!.startTime.replace('T', ' ')}.000` },
  ]);
  return {
    plain,
    boxOffice,
    cinema,
    /** Sells a ticket that the plain platform knows, with changes to what it says of it. */
    sold(changes?: Record<string, string>): Ticket {
      const ticket = sellTicket(boxOffice);
      plain.tickets.set(ticket.filmTicketCode, plainTicket(ticket, changes));
      return ticket;
    },
    /** Tells a service what the plain platform handed over: an address, a name and PEM files. */
    async setUpstream(site: Pick<Site, 'directory' | 'command'>, role: Role, ...forms: string[]): Promise<void> {
      const [key, ca] = [join(site.directory, `${role}-key.pem`), join(site.directory, `${role}-ca.pem`)];
      writeFileSync(key, plain.privateKeyPem, { mode: 0o600 });
      writeFileSync(ca, plain.caPem);
      const peer = ['--url', plain.url, '--username', plain.username, '--key', key, '--ca', ca, '--cinemas', cinema];
      await site.command(role, ['upstream', 'set', ...peer, ...forms]);
    },
  };
}
