import { join } from 'node:path';
import { openDemo } from '@ticket-check/dev-network';
import { checkRecord, sellTickets } from '../../testing/tickets.ts';
import type { ProofResult } from '../proof-result.ts';
import { openProofSite, type ProofSite } from '../proof-site.ts';
import { until } from '../until.ts';
import { arrivals, badInRound, comparedWithBad, listParked, makeBatch, outboxOf, report } from './batch.ts';

const EXTENSION = 'record-id';

export interface PoisonRounds {
  rounds: number;
  chance: () => number;
}

/**
 * Batches with records whose RecordIds our national platform already has for other tickets, as another sender's fault
 * would leave them: it names them, they are parked, all others arrive. They stay parked however often they are tried.
 */
export async function proveAtOurPlatform({ rounds, chance }: PoisonRounds, result: ProofResult): Promise<void> {
  const site = await openProofSite();
  try {
    await site.startAll(['national-platform', 'third-party-platform']);
    const demo = await openDemo(site, join(site.directory, 'demo'));
    const terminal = await site.issue('third-party-platform', 'extended-terminal');
    const otherSender = await site.issue('national-platform', 'other-platform');
    const allBad: Record<string, unknown>[] = [];
    for (let round = 0; round < rounds; round++) {
      const count = badInRound(round, chance);
      const batch = makeBatch(demo.boxOffice, { bad: count, chance, changes: () => ({ RecordId: recordId(chance) }) });
      const planted = sellTickets(demo.boxOffice, count).map((ticket, index) =>
        checkRecord(ticket, { RecordId: batch.bad[index]!.RecordId }),
      );
      await demo.tell();
      await report(otherSender, { ...batch, records: planted }, EXTENSION);
      await report(terminal, batch, EXTENSION);
      allBad.push(...batch.bad);
      await until(`${allBad.length} records parked and nothing waiting`, async () => {
        const { waiting, parked } = await outboxOf(site);
        return waiting === 0 && parked === allBad.length;
      });
      result.times += count;
      await judge(
        site,
        { good: batch.records.filter((record) => !batch.bad.includes(record)), allBad, planted },
        result,
      );
    }
    await retry(site, allBad, result);
    await demo.close();
  } catch (error) {
    const said = site.lastWords('third-party-platform');
    result.failures.push(`our national platform: ${error instanceof Error ? error.message : error}\n${said}`);
  } finally {
    await site.close();
  }
}

type Records = readonly Record<string, unknown>[];

async function judge(
  site: ProofSite,
  { good, allBad, planted }: { good: Records; allBad: Records; planted: Records },
  result: ProofResult,
): Promise<void> {
  const parked = await listParked(site);
  result.failures.push(...comparedWithBad(parked, allBad));
  for (const { FilmTicketCode, ErrorCode } of parked) {
    if (ErrorCode !== 'RECORD_ID_CONFLICT') result.failures.push(`${FilmTicketCode} was parked for ${ErrorCode}`);
  }
  const kept = await site.list<Record<string, unknown>>('national-platform', 'records', 'list');
  const { lost, repeated } = arrivals([...good, ...planted], kept);
  result.lost += lost;
  result.doubledUnflagged += repeated;
  const arrived = arrivals(allBad, kept).lost;
  if (arrived < allBad.length) result.failures.push(`${allBad.length - arrived} records arrived that cannot`);
}

/** What is parked is refused again and stays where it is seen. */
async function retry(site: ProofSite, allBad: Records, { failures }: ProofResult): Promise<void> {
  const before = await listParked(site);
  const [answer] = await site.list<{ Retried: number }>('third-party-platform', 'records', 'retry');
  if (answer?.Retried !== allBad.length) failures.push(`records retry said ${JSON.stringify(answer)}`);
  const attempts = new Map(before.map(({ RecordId, Attempts }) => [RecordId, Attempts]));
  await until('another attempt of every parked record', async () =>
    (await listParked(site)).every(({ RecordId, Attempts }) => Attempts > (attempts.get(RecordId) ?? Attempts)),
  );
  failures.push(...comparedWithBad(await listParked(site), allBad));
}

/** A UUID of version 7 whose random part is the run's own. */
function recordId(chance: () => number): string {
  const random = Array.from({ length: 18 }, () => Math.floor(chance() * 16).toString(16)).join('');
  const hex = `${Date.now().toString(16).padStart(12, '0')}7${random.slice(0, 3)}a${random.slice(3)}`;
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
