import { type PlainScene, plainScene } from '../../testing/plain-scene.ts';
import type { ProofResult } from '../proof-result.ts';
import { openProofSite, type ProofSite } from '../proof-site.ts';
import { until } from '../until.ts';
import { arrivals, badInRound, comparedWithBad, listParked, makeBatch, outboxOf, report } from './batch.ts';
import type { PoisonRounds } from './our-platform.ts';

const REPORT = 'ReportOriginalCheckTickets';
/** Reports that a peer which refuses everything gets: several whole searches for the record at fault. */
const REFUSED_REPORTS = 40;

/**
 * Batches with bad records to a plain platform that answers only `false` for whatever holds one, and batches without one
 * that it refuses for a while altogether. In the first case only the bad ones are parked, until it takes them; in the
 * second nothing is. Readings R3, R4.
 */
export async function proveAtPlainPeer({ rounds, chance }: PoisonRounds, result: ProofResult): Promise<void> {
  const site = await openProofSite();
  const scene = await plainScene();
  try {
    await site.startAll(['third-party-platform']);
    await scene.setUpstream(site, 'third-party-platform');
    const terminal = await site.issue('third-party-platform', 'plain-terminal');
    const [searches, refusals] = [[] as number[], [] as number[]];
    for (let round = 0; round < rounds; round++) {
      const poisoned = makeBatch(scene.boxOffice, { bad: badInRound(round, chance), chance });
      const taken = new Set(poisoned.bad.map(({ FilmTicketCode }) => FilmTicketCode));
      scene.plain.refuseReports = (records) => records.some(({ FilmTicketCode }) => taken.has(FilmTicketCode));
      const before = reportsTo(scene);
      await report(terminal, poisoned);
      await bad(site, poisoned.bad, result);
      searches.push(reportsTo(scene) - before);
      result.times += poisoned.bad.length;
      const good = poisoned.records.filter((record) => !poisoned.bad.includes(record));
      count(scene, good, result);

      scene.plain.refuseReports = () => false;
      await site.command('third-party-platform', ['records', 'retry']);
      await empty(site);
      count(scene, poisoned.bad, result);

      const refusedFrom = reportsTo(scene);
      scene.plain.refuseReports = () => true;
      const held = makeBatch(scene.boxOffice, { bad: 0, chance });
      await report(terminal, held);
      await until(`${REFUSED_REPORTS} reports to a peer that takes none`, async () => {
        const { parked } = await outboxOf(site);
        if (parked > 0) throw new Error(`${parked} records were parked while the peer took nothing`);
        return reportsTo(scene) - refusedFrom >= REFUSED_REPORTS;
      });
      refusals.push(reportsTo(scene) - refusedFrom);
      scene.plain.refuseReports = () => false;
      const from = performance.now();
      await empty(site);
      result.recoveryMs = Math.max(result.recoveryMs ?? 0, Math.round(performance.now() - from));
      count(scene, held.records, result);
    }
    if (scene.plain.foreign.length > 0) result.failures.push(`the plain platform was sent ${scene.plain.foreign}`);
    result.notes.push(
      `it took at most ${Math.max(...searches)} reports to a plain platform to deliver a batch around its bad records`,
      `a plain platform that took nothing refused ${refusals.reduce((sum, one) => sum + one, 0)} reports, after which nothing was parked`,
    );
  } catch (error) {
    const said = site.lastWords('third-party-platform');
    result.failures.push(`plain platform: ${error instanceof Error ? error.message : error}\n${said}`);
  } finally {
    await site.close();
    await scene.plain.close();
  }
}

const reportsTo = ({ plain }: PlainScene): number => plain.calls.filter((api) => api === REPORT).length;

type Records = readonly Record<string, unknown>[];

/** Waits until the bad records and no others are parked. */
async function bad(site: ProofSite, records: Records, { failures }: ProofResult): Promise<void> {
  await until(`nothing waiting beside ${records.length} parked records`, async () => {
    const { waiting, parked } = await outboxOf(site);
    return waiting === 0 && parked === records.length;
  });
  failures.push(...comparedWithBad(await listParked(site), records));
}

/** Waits until all is delivered. */
const empty = (site: ProofSite) =>
  until('an empty outbox', async () => {
    const { waiting, parked } = await outboxOf(site);
    return waiting + parked === 0;
  });

function count({ plain }: PlainScene, expected: Records, result: ProofResult): void {
  const { lost, repeated, changed } = arrivals(expected, plain.kept);
  if (changed > 0) result.failures.push(`${changed} records are not as they were sent`);
  result.lost += lost;
  result.doubledUnflagged += repeated;
}
