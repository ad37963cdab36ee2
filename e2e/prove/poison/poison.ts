import { join } from 'node:path';
import type { BoxOffice } from '@ticket-check/simulators/box-office';
import { openDemo } from '@ticket-check/simulators/dev-network';
import { uuidv7 } from 'uuidv7';
import { ask, type Bundle, shanghaiTime } from '../../testing/client.ts';
import { plainScene } from '../../testing/plain-scene.ts';
import type { Site } from '../../testing/site.ts';
import { checkRecord, reportQuery, sellTickets } from '../../testing/tickets.ts';
import { type ProofResult, recovered, until } from '../report.ts';
import { onSite, type Proof, type Run, seededChance, shuffled } from '../world.ts';

/** As many as one report may hold. Scheme 6.6.2. */
const BATCH = 1_000;
const MAX_BAD = 5;
/** Reports that a peer which refuses everything gets: several whole searches for the record at fault. */
const REFUSED_REPORTS = 40;
const REPORT = 'ReportOriginalCheckTickets';

/**
 * Batches in which some records are trouble above: at ours, whose RecordIds another sender has occupied, all arrive; at a plain platform,
 * which does not say what it refuses, all good ones arrive and the bad ones are parked and seen. Readings R3, R4, X3.
 */
export const poison: Proof = {
  tried: `bad records in batches of ${BATCH}`,
  unit: 'rounds',
  size: 10,
  async run(run) {
    await Promise.all([
      atOurPlatform({ ...run, chance: seededChance(`${run.seed}, ours`) }),
      atPlainPeer({ ...run, chance: seededChance(`${run.seed}, plain`) }),
    ]);
  },
};

type CheckRecord = Record<string, unknown>;

/** Records whose RecordIds another sender has used at our national platform before: every one arrives once, and none is parked. */
async function atOurPlatform(run: Run): Promise<void> {
  const { result, size } = run;
  await onSite(run, {}, async (site) => {
    await site.startAll(['national-platform', 'third-party-platform']);
    const demo = await openDemo(site, join(site.directory, 'demo'));
    const terminal = await site.issue('third-party-platform', 'extended-terminal');
    const otherSender = await site.issue('national-platform', 'other-platform');
    const all: CheckRecord[] = [];
    for (let round = 0; round < size; round++) {
      const { records, bad } = makeBatch(demo.boxOffice, run, round, () => ({ RecordId: uuidv7() }));
      const planted = sellTickets(demo.boxOffice, bad.length).map((ticket, index) =>
        checkRecord(ticket, { RecordId: bad[index]!.RecordId }),
      );
      await demo.tell();
      await report(otherSender, planted, 'record-id');
      await report(terminal, records, 'record-id');
      all.push(...records, ...planted);
      await left(site, 0);
      result.times += bad.length;
    }
    const kept = await site.list('national-platform', 'records', 'list');
    compare(all, kept, result);
    const noEntries = kept.filter(({ Quarantined, First }) => Quarantined !== false || First !== true).length;
    if (noEntries > 0)
      result.failures.push(`${noEntries} records under occupied RecordIds are not the entries of their tickets`);
  });
}

/** Batches to a plain platform that answers only `false` where they hold a bad record, of which that one is parked, or for a while, where none is. */
async function atPlainPeer(run: Run): Promise<void> {
  const { result, size } = run;
  const { plain, boxOffice, setUpstream } = await plainScene();
  const reports = () => plain.calls.filter((api) => api === REPORT).length;
  await onSite(run, {}, async (site) => {
    await site.startAll(['third-party-platform']);
    await setUpstream(site, 'third-party-platform');
    const terminal = await site.issue('third-party-platform', 'plain-terminal');
    const searches: number[] = [];
    for (let round = 0; round < size; round++) {
      const { records, bad } = makeBatch(boxOffice, run, round);
      const refused = new Set(bad.map(({ FilmTicketCode }) => FilmTicketCode));
      plain.refuseReports = (sent) => sent.some(({ FilmTicketCode }) => refused.has(FilmTicketCode));
      const before = reports();
      await report(terminal, records);
      await left(site, bad.length);
      searches.push(reports() - before);
      result.times += bad.length;
      const parked = await site.list<{ FilmTicketCode: string }>('third-party-platform', 'records', 'parked');
      for (const { FilmTicketCode } of parked)
        if (!refused.has(FilmTicketCode)) result.failures.push(`${FilmTicketCode} was parked, a good record`);
      const good = records.filter((record) => !bad.includes(record));
      compare(good, plain.kept, result);

      plain.refuseReports = () => false;
      await site.command('third-party-platform', ['records', 'retry']);
      await left(site, 0);
      compare(bad, plain.kept, result);

      plain.refuseReports = () => true;
      const refusedFrom = reports();
      const held = makeBatch(boxOffice, run, round).records;
      await report(terminal, held);
      await until(`${REFUSED_REPORTS} reports to a peer that takes none`, async () => {
        const { parked } = (await site.health('third-party-platform')).records;
        if (parked > 0) throw new Error(`${parked} records were parked while the peer took nothing`);
        return reports() - refusedFrom >= REFUSED_REPORTS;
      });
      plain.refuseReports = () => false;
      const from = performance.now();
      await left(site, 0);
      recovered(result, performance.now() - from);
      compare(held, plain.kept, result);
    }
    if (plain.foreign.length > 0) result.failures.push(`the plain platform was sent ${plain.foreign}`);
    result.notes.push(`it took at most ${Math.max(...searches)} reports to deliver a batch around its bad records`);
  });
  await plain.close();
}

/** Records of new tickets, a second apart, the last one now; some of them, by chance, are the bad ones. */
function makeBatch(boxOffice: BoxOffice, { chance }: Run, round: number, more: () => CheckRecord = () => ({})) {
  const records = sellTickets(boxOffice, BATCH).map((ticket, index) =>
    checkRecord(ticket, { CheckTime: shanghaiTime(index + 1 - BATCH), ...more() }),
  );
  const count = round === 0 ? 1 : 1 + Math.floor(chance() * MAX_BAD);
  return { records, bad: shuffled(records, chance).slice(0, count) };
}

/** Reports records in one call until they are confirmed; `extensions` are what the caller announces. */
function report(bundle: Bundle, records: readonly CheckRecord[], extensions = ''): Promise<unknown> {
  const query = reportQuery(String(records[0]!.TicketInfoCode).slice(0, 8), ...records);
  // Refused only while the platform has no keys of the cinema yet.
  const isTaken = async () => (await ask(bundle, REPORT, query, extensions)).ReportResult === true;
  return until(`${records.length} records taken from ${bundle.Username}`, isTaken);
}

/** Resolves when the third-party platform has no record left to deliver but these that are parked. */
const left = (site: Site, expected: number) =>
  until(`nothing waiting beside ${expected} parked records`, async () => {
    const { waiting, parked } = (await site.health('third-party-platform')).records;
    return waiting === 0 && parked === expected;
  });

/** Counts the records that did not arrive, that arrived more than once, and that are not as they were sent. */
function compare(expected: readonly CheckRecord[], kept: readonly CheckRecord[], result: ProofResult): void {
  const key = ({ FilmTicketCode, CheckTime }: CheckRecord) => `${FilmTicketCode} ${CheckTime}`;
  const found = Map.groupBy(kept, key);
  let changed = 0;
  for (const { RecordId: _, ...sent } of expected) {
    const arrived = found.get(key(sent)) ?? [];
    if (arrived.length === 0) result.lost += 1;
    if (arrived.length > 1) result.doubledUnflagged += 1;
    const isSame = (one: CheckRecord) =>
      Object.entries(sent).every(([name, value]) =>
        typeof value === 'number' ? Number(one[name]) === value : one[name] === value,
      );
    if (!arrived.every(isSame)) changed += 1;
  }
  if (changed > 0) result.failures.push(`${changed} records are not as they were sent`);
}
