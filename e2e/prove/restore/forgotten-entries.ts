import { parseWallClock } from '@ticket-check/protocol';
import { addSession, sell, type Ticket } from '@ticket-check/simulators/box-office';
import type { Role } from '@ticket-check/simulators/dev-network';
import { shanghaiTime } from '../../testing/client.ts';
import { type Guest, guestsAt } from '../guests.ts';
import type { ProofResult } from '../proof-result.ts';
import { drained } from '../proof-site.ts';
import { sellMany } from '../sell-many.ts';
import type { TwoTerminals } from '../two-terminals.ts';
import { until } from '../until.ts';
import type { Backups } from './backups.ts';

const PLATFORMS: readonly Role[] = ['national-platform', 'third-party-platform'];
/** The second terminal admits from this long before the film. */
const OPENS_BEFORE_SECONDS = 3600;
/** As many starts of a service, and some seconds more, are longer than it takes to let a guest in and restore both platforms. */
const STARTS_UNTIL_RESTORED = 5;
const SECONDS_UNTIL_RESTORED = 6;

/** An entry that a restore makes forgotten, and what the guest is answered before and after it. */
interface Forgotten {
  when: string;
  roles: readonly Role[];
  before: string;
  after: string;
  /** When the second terminal admits, where that is not yet: epoch milliseconds. */
  opensAt?: number;
}

/**
 * One terminal lets a guest in, everything that knows of it is restored from a backup from before, and the same ticket comes
 * to the other terminal while the first is out of reach: whatever the answer, no second one is confirmed. Readings C2, X4.
 */
export async function forgottenEntries({
  place,
  backups,
  result,
}: {
  place: TwoTerminals;
  backups: Backups;
  result: ProofResult;
}): Promise<readonly Guest[]> {
  const { site, other, demo, doors } = place;
  const [first, second] = [
    doors.find(({ terminal }) => terminal === 'terminal 1')!,
    doors.find(({ terminal }) => terminal === 'terminal 2')!,
  ];
  const guests = guestsAt(doors, [], () => 0);
  const answerTo = async (guest: Guest, door = second) => {
    const verdict = await guests.present(guest, door);
    return `${verdict?.Verdict}${verdict?.Confirmed === undefined ? '' : verdict.Confirmed ? ', confirmed' : ', not confirmed'}`;
  };
  const expect = (when: string, answer: string, expected: string) => {
    if (answer !== expected) result.failures.push(`${when}: the guest was answered ${answer}`);
  };

  async function forget(ticket: Ticket, { when, roles, before, after, opensAt }: Forgotten): Promise<void> {
    await backups.take(roles);
    const guest = guests.newGuest(ticket);
    expect(`before ${when}`, await answerTo(guest, first), before);
    await drained([site]);
    await site.stop('terminal-agent');
    await backups.restore(roles);
    await site.startAll(roles);
    result.times += 1;
    if (opensAt !== undefined && Date.now() > opensAt) result.notes.push(`${when}: the session had opened meanwhile`);
    // Without the line the answer would be no proof.
    await until('the second terminal has its line again', async () => {
      const { upstream } = JSON.parse((await other.get('terminal-agent', '/health')).text);
      return upstream.line === 'up';
    });
    const answer = await until('the session opens', async () => {
      const said = await answerTo(guest);
      return said !== 'TOO_EARLY' && said;
    });
    expect(when, answer, after);
    await site.start('terminal-agent');
    await drained([site, other]);
  }

  await site.stop('terminal-agent');
  site.env['terminal-agent'].ADMIT_BEFORE_MINUTES = '120';
  const from = performance.now();
  await site.start('terminal-agent');
  const startSeconds = (performance.now() - from) / 1000;
  const opensInSeconds = Math.ceil(STARTS_UNTIL_RESTORED * startSeconds + SECONDS_UNTIL_RESTORED);
  // One terminal lets people in two hours before the film and the other one hour: when both platforms were restored the
  // session was open at the first already, which the second cannot know.
  const opensAt = Date.now() + opensInSeconds * 1000;
  const startTime = parseWallClock(shanghaiTime(OPENS_BEFORE_SECONDS + opensInSeconds));
  const { sessionCode } = addSession(demo.boxOffice, { startTime });
  const early = sell(demo.boxOffice, { now: parseWallClock(shanghaiTime()), sessionCode, ticketType: '网络售票' });
  const [later] = sellMany(demo.boxOffice, 1);
  await demo.tell();
  await forget(early, {
    when: 'an entry was forgotten by both platforms, made before the session opened here',
    roles: PLATFORMS,
    before: 'ADMIT, confirmed',
    after: 'ADMIT, not confirmed',
    opensAt,
  });
  await forget(later!, {
    when: 'an entry was forgotten only by the third-party platform',
    roles: ['third-party-platform'],
    // Nothing is confirmed on the day after a restore.
    before: 'ADMIT, not confirmed',
    after: 'ALREADY_ENTERED',
  });
  return guests.seen;
}
