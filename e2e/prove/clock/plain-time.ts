import { shanghaiTime } from '../../testing/client.ts';
import { plainScene } from '../../testing/plain-scene.ts';
import { admissionsOf, doorsOf } from '../guests.ts';
import { differences } from '../oracle/elements.ts';
import type { ProofResult } from '../proof-result.ts';
import { drained, inLastWords, openProofSite } from '../proof-site.ts';
import { until } from '../until.ts';
import { fakeClock } from './fake-clock.ts';
import { clockScene } from './scene.ts';

const UTC_BEHIND_SECONDS = 8 * 3600;
/** `ahead`: by how many seconds the terminal is, where that can be measured. */
const WRONG: { when: string; datetime: () => string; ahead?: number }[] = [
  {
    when: 'under a plain platform that answers in UTC',
    datetime: () => shanghaiTime(-UTC_BEHIND_SECONDS),
    ahead: UTC_BEHIND_SECONDS,
  },
  { when: 'under a plain platform that answers a constant', datetime: () => '2026-01-01T00:00:00' },
];
const GUESTS = 4;
const RIGHT = { ahead: 0, confirmed: false };

/** A terminal that is right, under a plain platform that is not: guests go in, at the right time, and staff get a warning. */
export async function plainTime(result: ProofResult): Promise<void> {
  const { plain, sold, setUpstream } = await plainScene();
  const site = await openProofSite({ 'terminal-agent': { COMPLETION_SECONDS: '1' } });
  try {
    await site.start('terminal-agent');
    await setUpstream(site, 'terminal-agent');
    await until('keys from the plain platform', async () => {
      const { cinemas } = JSON.parse((await site.get('terminal-agent', '/health')).text).keys;
      return cinemas[0]?.keys > 0;
    });
    const tickets = (function* () {
      for (;;) yield sold();
    })();
    const [door] = await doorsOf(site, 'terminal', ['gate-1']);
    const clock = fakeClock(site.directory);
    const scene = clockScene({ site, clock, result, door: door!, tickets });
    const { expectAdmitted, untilTrusted, alarms, guests } = scene;

    const stopped = shanghaiTime(-100);
    plain.datetime = () => stopped;
    result.times += 1;
    for (let guest = 0; guest < GUESTS; guest += 1)
      await expectAdmitted('under a plain platform whose clock has stopped', { ...RIGHT, trusted: true });

    for (const { when, datetime, ahead } of WRONG) {
      const before = alarms();
      plain.datetime = datetime;
      result.times += 1;
      await untilTrusted(when, false, RIGHT, ahead);
      for (let guest = 0; guest < GUESTS; guest += 1) await expectAdmitted(when, { ...RIGHT, trusted: false });
      if (alarms() === before) result.failures.push(`${when}: no alarm was raised`);
      plain.datetime = () => shanghaiTime();
      await untilTrusted('under a plain platform that is right again', true, RIGHT);
    }

    await drained([site], { above: false });
    await scene.holdTimes(recordedBy(plain.kept, guests));
    for (const guest of guests) {
      const found = plain.kept.filter(({ FilmTicketCode }) => FilmTicketCode === guest.ticket.filmTicketCode);
      result.lost += Math.max(0, admissionsOf(guest).length - found.length);
      if (found.length > 1) result.doubledUnflagged += 1;
      for (const record of found)
        result.failures.push(...differences(record, guest.ticket).map((one) => `at the plain platform: ${one}`));
    }
  } catch (error) {
    result.failures.push(inLastWords(site, error));
  } finally {
    await site.close();
    await plain.close();
  }
}

/** A plain platform knows no RecordIds: the ticket says whose record it is. */
function recordedBy(
  kept: readonly Record<string, unknown>[],
  guests: Parameters<typeof admissionsOf>[0][],
): Map<string, string> {
  const times = new Map(kept.map(({ FilmTicketCode, CheckTime }) => [FilmTicketCode, String(CheckTime)]));
  return new Map(
    guests.flatMap((guest) =>
      admissionsOf(guest).map(
        ({ verdict }) => [String(verdict.RecordId), times.get(guest.ticket.filmTicketCode) ?? ''] as const,
      ),
    ),
  );
}
