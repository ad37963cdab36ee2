import { join } from 'node:path';
import { openDemo } from '@ticket-check/simulators/dev-network';
import { checkRecord, sellTickets } from '../../testing/tickets.ts';
import type { ProofResult } from '../proof-result.ts';
import { onProofSite } from '../proof-site.ts';
import { until } from '../until.ts';
import { arrivals, badInRound, makeBatch, outboxOf, report } from './batch.ts';

const EXTENSION = 'record-id';

export interface PoisonRounds {
  rounds: number;
  chance: () => number;
}

/**
 * Batches with records whose RecordIds another sender has used at our national platform for other tickets before: a
 * RecordId that is occupied stops nothing. Every record arrives once, under whatever id, and none is parked.
 */
export async function proveAtOurPlatform({ rounds, chance }: PoisonRounds, result: ProofResult): Promise<void> {
  await onProofSite(result, async (site) => {
    await site.startAll(['national-platform', 'third-party-platform']);
    const demo = await openDemo(site, join(site.directory, 'demo'));
    const terminal = await site.issue('third-party-platform', 'extended-terminal');
    const otherSender = await site.issue('national-platform', 'other-platform');
    const all: Record<string, unknown>[] = [];
    for (let round = 0; round < rounds; round++) {
      const count = badInRound(round, chance);
      const batch = makeBatch(demo.boxOffice, { bad: count, chance, changes: () => ({ RecordId: recordId(chance) }) });
      const planted = sellTickets(demo.boxOffice, count).map((ticket, index) =>
        checkRecord(ticket, { RecordId: batch.bad[index]!.RecordId }),
      );
      await demo.tell();
      await report(otherSender, { ...batch, records: planted }, EXTENSION);
      await report(terminal, batch, EXTENSION);
      all.push(...batch.records, ...planted);
      await until('nothing waiting', async () => {
        const { waiting, parked } = await outboxOf(site);
        return waiting + parked === 0;
      });
      result.times += count;
    }
    const kept = await site.list<Record<string, unknown>>('national-platform', 'records', 'list');
    const { lost, repeated, changed } = arrivals(all, kept);
    if (changed > 0) result.failures.push(`${changed} records are not as they were sent`);
    result.lost += lost;
    result.doubledUnflagged += repeated;
    const aside = kept.filter(({ Quarantined, First }) => Quarantined !== false || First !== true).length;
    if (aside > 0)
      result.failures.push(`${aside} records under occupied RecordIds are not the entries of their tickets`);
    await demo.close();
  });
}

/** A UUID of version 7 whose random part is the run's own. */
function recordId(chance: () => number): string {
  const random = Array.from({ length: 18 }, () => Math.floor(chance() * 16).toString(16)).join('');
  const hex = `${Date.now().toString(16).padStart(12, '0')}7${random.slice(0, 3)}a${random.slice(3)}`;
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
