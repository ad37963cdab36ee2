import { type HourOfRecords, hourOf } from '@ticket-check/protocol';
import type { Store } from '@ticket-check/storage';
import { identityOf, keyOf, keyText } from '../tables/record-key.ts';
import { loadStored } from '../tables/record-rows.ts';
import type { CheckRecordTables } from '../tables/tables.ts';
import { compareElements, type Finding, isDifference } from './judge-pair.ts';
import type { Pair } from './pair-up.ts';
import type { UpstreamRecords } from './upstream-records.ts';

type OneSided = Exclude<Pair, { here: object; there: object }>;

export const isOneSided = (pair: Pair): pair is OneSided => pair.here === null || pair.there === null;

/** Findings about records that were met on one side only. */
export type Unsettled = {
  add(pair: OneSided, finding: Finding): void;
  size(): number;
  /** Looks at the other side once more, says what is true of them after all, and forgets them. */
  lookAgain(): AsyncGenerator<Finding>;
};

/**
 * Holds findings about records that were met on one side only, until the other has been read once more: a changed CheckTime moves
 * a record to another place of the other list, and a record sent meanwhile may be missing from the list read first.
 */
export function createUnsettled(options: {
  store: Store<CheckRecordTables>;
  theirs: UpstreamRecords;
  /** The hours as reported by the platform above. */
  hours: readonly HourOfRecords[];
}): Unsettled {
  let missingUpstream: Finding[] = [];
  let missingHere: Finding[] = [];
  let others: Finding[] = [];

  return {
    add(pair, finding) {
      if (!isDifference(finding)) others.push(finding);
      else if (pair.here === null) missingHere.push(finding);
      else missingUpstream.push(finding);
    },
    size: () => missingUpstream.length + missingHere.length + others.length,
    async *lookAgain() {
      yield* others;
      const { moved, ...left } = pairMoved(missingUpstream, missingHere);
      [missingUpstream, missingHere, others] = [[], [], []];
      yield* moved;
      const [arrived, kept] = [await keysListedNow(left.upstream, options), await keysStoredNow(left.here, options)];
      for (const finding of left.upstream) if (!arrived.has(keyIn(finding))) yield finding;
      for (const finding of left.here) if (!kept.has(keyIn(finding))) yield finding;
    },
  };
}

const keyIn = ({ record }: Finding) => keyText(keyOf(record));

/** Pairs those of one RecordId, and those of one ticket, CheckTime and code: the record is on both sides, and not the same. */
function pairMoved(missingUpstream: readonly Finding[], missingHere: readonly Finding[]) {
  const byRecordId = new Map(missingHere.map((finding) => [finding.record.recordId, finding]));
  const byIdentity = new Map(missingHere.map((finding) => [identityOf(finding.record), finding]));
  const unpaired = new Set(missingHere);
  const moved: Finding[] = [];
  const upstream = missingUpstream.filter((finding) => {
    const { record } = finding;
    const other = [byRecordId.get(record.recordId), byIdentity.get(identityOf(record))].find(
      (found) => found !== undefined && unpaired.has(found),
    );
    if (other === undefined) return true;
    unpaired.delete(other);
    moved.push({ kind: 'differs', record, elements: compareElements(record, other.record).differing });
    return false;
  });
  return { moved, upstream, here: [...unpaired] };
}

/** Of records that the platform above did not list, the keys of those that it lists now. */
async function keysListedNow(
  missing: readonly Finding[],
  { theirs, hours }: Parameters<typeof createUnsettled>[0],
): Promise<ReadonlySet<string>> {
  const wanted = new Set(missing.map(keyIn));
  const found = new Set<string>();
  const wantedHours = new Set(missing.map(({ record }) => hourOf(record.checkTime)));
  for (const hour of hours) {
    if (!wantedHours.has(hour.hour)) continue;
    for await (const { record } of theirs.records(hour)) {
      const key = keyText(keyOf(record));
      if (wanted.has(key)) found.add(key);
    }
  }
  return found;
}

/** Of records that were not read from the store, the keys of those that it holds now; not those whose row was changed since. */
async function keysStoredNow(
  missing: readonly Finding[],
  { store }: Parameters<typeof createUnsettled>[0],
): Promise<ReadonlySet<string>> {
  const keys = missing.map(({ record }) => keyOf(record));
  const stored = await loadStored({ db: store.reports, store }, keys);
  return new Set([...stored].flatMap(([key, record]) => (keyText(keyOf(record)) === key ? key : [])));
}
