import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cinemaRowJson, parseWallClock, publicKeyRowJson, screenRowJson } from '@ticket-check/protocol';
import { makeBoxOffice, publicPart, type Ticket } from '@ticket-check/simulators/box-office';
import { uuidv7 } from 'uuidv7';
import { ask, type Bundle, type Reply, replyData, request, shanghaiTime, signedBody } from '../../testing/client.ts';
import { sellTickets, ticketQuery } from '../../testing/tickets.ts';
import type { Guest } from '../guests.ts';
import { anyOf, type World } from '../world.ts';

/** What a move must never be answered, or the only answers that are allowed. */
type Limits = { never?: string; only?: RegExp };
export type Move = ReturnType<typeof move>;

/** Something that an attacker does; `make` returns in a word what was answered, such as an ErrorCode. */
export const move = (name: string, make: () => Promise<string>, limits: Limits = {}) => ({ name, make, limits });

export type Attacker = { name: string; moves: readonly Move[] };

/** A request as somebody once saw it pass. */
export type Captured = { bundle: Bundle; api: string; body: string; headers: Readonly<Record<string, string>> };

/** The honest cinema and its guests, and what attackers have in hand. */
export type Scene = Awaited<ReturnType<typeof setScene>>;

export const HOSTILE = 'hostile-';
const BOUGHT = 40;
const LATEST = 30;

/** Issues what the attackers were given, and sets up the other cinema. */
export async function setScene(world: World) {
  const { site, demo, chance } = world;
  const bought = await world.sell(BOUGHT);
  const other = makeBoxOffice({ now: parseWallClock(shanghaiTime()) });
  const { cinemaCode } = other.cinema;
  const honest = demo.boxOffice.cinema.cinemaCode;
  const [terminal, cinemaBelow, cinemaAbove, source, platform] = await Promise.all([
    site.issue('third-party-platform', `${HOSTILE}terminal`, '--cinemas', honest),
    site.issue('third-party-platform', `${HOSTILE}cinema`, '--cinemas', cinemaCode),
    site.issue('national-platform', `${HOSTILE}cinema`, '--cinemas', cinemaCode),
    site.issue('national-platform', `${HOSTILE}source`, '--cinemas', cinemaCode, '--data-source'),
    site.issue('national-platform', 'platform-of-both'),
  ]);
  // The third-party platform serves both cinemas.
  const both = { ...platform, CinemaCodes: [honest, cinemaCode] };
  await site.setUpstream('third-party-platform', both);
  await ask(source, 'ImportCinemas', { Cinemas: [cinemaRowJson(other.cinema)] });
  const Screens = other.screens.map((screen) => screenRowJson({ ...screen, cinemaCode }));
  await ask(source, 'ImportScreens', { Screens });
  const keys = other.ukeys.map((ukey) => ({ cinemaCode, spki: publicPart(ukey).spki, startTime: ukey.startTime }));
  await ask(source, 'ImportPublicKeys', { PublicKeys: keys.map(publicKeyRowJson) });
  const tickets = sellTickets(other, BOUGHT);
  const foreign = new Set<string>([...bought, ...tickets].map(({ filmTicketCode }) => filmTicketCode));
  const anyBought = () => anyOf(bought, chance);
  const scene = {
    world,
    /** The guests so far, once they come: an onlooker at the door knows their ticket and StartTime, but not the code. */
    seen: [] as readonly Guest[],
    /** Tickets of the honest cinema that nobody brings to its doors: the attackers bought them. */
    bought,
    anyBought,
    anyGuests: (): Ticket => (scene.seen.length === 0 ? anyBought() : anyOf(scene.seen.slice(-LATEST), chance).ticket),
    /** Tickets that the honest plain door is about to report, and when: their derived RecordIds could be occupied. */
    upcoming: [] as { ticket: Ticket; checkTime: string }[],
    captured: [] as Captured[],
    isForeign: (filmTicketCode: string) => foreign.has(filmTicketCode),
    honestSource: JSON.parse(readFileSync(join(site.directory, 'demo', 'data-source.json'), 'utf8')) as Bundle,
    /** Of another cinema than the honest one, with its own keys and tickets. */
    otherCinema: { cinemaCode: cinemaCode as string, anyTicket: () => anyOf(tickets, chance) },
    /** Of a terminal of the honest cinema; of the other cinema at both platforms, and as a data source. */
    accounts: { terminal, cinemaBelow, cinemaAbove, source },
  };
  return scene;
}

/** A text with the form of a ticket's code, of the same cinema and length, that no key opens. */
export function inventedCode({ ticketInfoCode }: Ticket): string {
  const { length } = Buffer.from(ticketInfoCode.slice(8), 'base64');
  return ticketInfoCode.slice(0, 8) + randomBytes(length).toString('base64');
}

export const claimQuery = (ticket: Ticket, changes: Record<string, unknown> = {}) => ({
  ...ticketQuery(ticket),
  RecordId: uuidv7(),
  CheckTime: shanghaiTime(),
  Gate: 'nowhere',
  TicketInfoCode: inventedCode(ticket),
  ...changes,
});

/** A reply in a word: the ErrorCode, or the result of a report, a claim, a release, or an import. */
export function wordOf(reply: Reply): string {
  const data = dataOf(reply);
  if (data.ErrorCode !== undefined) return `${data.ErrorCode}`;
  if (data.ReportResult !== undefined) {
    const isQuarantined = Array.isArray(data.Quarantined) && data.Quarantined.length > 0;
    return `ReportResult ${data.ReportResult}${isQuarantined ? ', quarantined' : ''}`;
  }
  if (data.Imported !== undefined) return Number(data.Imported) > 0 ? 'Imported' : 'Unchanged';
  for (const name of ['Claimed', 'ReleaseResult', 'CheckStatus'])
    if (data[name] !== undefined) return `${name} ${data[name]}`;
  return `HTTP ${reply.status}`;
}

function dataOf(reply: Reply): Record<string, unknown> {
  try {
    return replyData(reply) ?? {};
  } catch {
    return {};
  }
}

/** Asks one question as an extended peer and returns the whole reply. */
export const say = (bundle: Bundle, api: string, query: unknown): Promise<Reply> =>
  request(bundle, signedBody(bundle, api, query), {
    headers: { 'ticket-check-extensions': 'record-id, claim-ticket' },
  });

export const wordFrom = async (bundle: Bundle, api: string, query: unknown): Promise<string> =>
  wordOf(await say(bundle, api, query));
