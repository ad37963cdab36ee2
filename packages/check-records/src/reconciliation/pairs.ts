import {
  type CheckRecord,
  checkTicketJson,
  type HourOfRecords,
  type ListedCheckRecord,
  type WallClock,
  type WallClockHour,
} from '@ticket-check/protocol';
import { type Deadline, isLate, PLATFORM_DEADLINE } from '../outbox/summary.ts';
import { identityOf, keyOf, keyText } from '../tables/keys.ts';
import { BLANKS } from '../tables/received-record.ts';
import type { ComparedRecord } from './summarize-day.ts';

export type Pair =
  | { readonly here: ComparedRecord; readonly there: ListedCheckRecord }
  | { readonly here: ComparedRecord; readonly there: null }
  | { readonly here: null; readonly there: ListedCheckRecord };

/** What the same record is known by, the surest first: what has only the second or third in common was changed on one side. Reading X3. */
const NAMES: readonly ((record: CheckRecord) => string)[] = [
  (record) => keyText(keyOf(record)),
  (record) => record.recordId,
  identityOf,
];

export function pairUp(here: readonly ComparedRecord[], there: readonly ListedCheckRecord[]): Pair[] {
  const pairs: Pair[] = [];
  let [ours, theirs] = [here, there];
  for (const nameOf of NAMES) {
    const named = Map.groupBy(theirs, ({ record }) => nameOf(record));
    ours = ours.filter((own) => {
      const other = named.get(nameOf(own.record))?.shift();
      if (other !== undefined) pairs.push({ here: own, there: other });
      return other === undefined;
    });
    theirs = [...named.values()].flat();
  }
  return [
    ...pairs,
    ...ours.map((own) => ({ here: own, there: null })),
    ...theirs.map((other) => ({ here: null, there: other })),
  ];
}

type HourContents = Omit<HourOfRecords, 'hour'>;

export type HourPair = { readonly hour: WallClockHour; readonly here: HourContents; readonly there: HourContents };

const EMPTY: HourContents = { records: 0, hash: '', quarantined: 0, undelivered: 0 };

/** Pairs the hours of two sides, in order; an hour that a side leaves out is empty there. */
export function pairHours(here: readonly HourOfRecords[], there: readonly HourOfRecords[]): HourPair[] {
  const [ours, theirs] = [here, there].map((hours) => new Map(hours.map((each) => [each.hour, each])));
  const hours = new Set([...here, ...there].map(({ hour }) => hour));
  return [...hours].sort().map((hour) => ({ hour, here: ours?.get(hour) ?? EMPTY, there: theirs?.get(hour) ?? EMPTY }));
}

/** Whether the records that count are the same. Quarantined ones count on neither side, so an hour without others has any hash. */
export const isEqualHour = ({ here, there }: HourPair): boolean =>
  here.records === there.records && (here.records === 0 || here.hash === there.hash);

/** How a record differs between here and upstream; the last two are no differences. */
export type FindingKind =
  | ('missing-upstream' | 'refused-upstream' | 'missing-here' | 'quarantined-upstream' | 'quarantined-here')
  | ('undone-here' | 'undone-upstream' | 'differs' | 'undelivered-upstream' | 'on-its-way' | 'completed');

type ElementDifference = { readonly here: unknown; readonly upstream: unknown };

export type Finding = {
  readonly kind: FindingKind;
  readonly record: CheckRecord;
  /** Wire names of the elements that differ; none if one side has no record. */
  readonly elements: Readonly<Record<string, ElementDifference>>;
  readonly state?: ComparedRecord['state'];
  readonly errorCode?: string;
};

export const isDifference = ({ kind }: Pick<Finding, 'kind'>): boolean => kind !== 'on-its-way' && kind !== 'completed';

export type JudgedAt = { readonly at: WallClock; readonly deadline: Deadline };

type Judged = { readonly kind: FindingKind } & Partial<Finding>;

/** Compares a pair of records; null if there is nothing to report. Reading X7. */
export function judgePair({ here, there }: Pair, judgedAt: JudgedAt): Finding | null {
  if (here === null) return { kind: 'missing-here', record: there.record, elements: {}, ...codeOf(there.quarantine) };
  const judged = there === null ? judgeMissingUpstream(here, judgedAt) : judgeBoth(here, there, judgedAt);
  return judged && { record: here.record, elements: {}, ...judged };
}

function judgeMissingUpstream({ record, state, refused }: ComparedRecord, { at, deadline }: JudgedAt): Judged | null {
  if (state === 'QUARANTINED') return null;
  if (state === 'PARKED') return { kind: 'refused-upstream', state, errorCode: refused?.errorCode ?? '' };
  const isOnItsWay = state === 'WAITING' && !isLate(record, deadline, at);
  return { kind: isOnItsWay ? 'on-its-way' : 'missing-upstream', state };
}

function judgeBoth(here: ComparedRecord, there: NonNullable<Pair['there']>, judgedAt: JudgedAt): Judged | null {
  const { record, state } = here;
  const { quarantine, delivered, refused } = there;
  const { differing: elements, filledHere, filledUpstream } = compareElements(record, there.record);
  if (state === 'QUARANTINED')
    return quarantine === null ? { kind: 'quarantined-here', elements, ...codeOf(record.quarantine) } : null;
  if (quarantine !== null) return { kind: 'quarantined-upstream', elements, errorCode: quarantine };
  const undone = judgeUndone(here, there, judgedAt);
  if (undone !== null) return { kind: undone, elements };
  if (Object.keys(elements).length > 0) return { kind: 'differs', elements };
  if (Object.keys(filledHere).length > 0) {
    // What was filled here goes up once more.
    if (state === 'PARKED')
      return { kind: 'refused-upstream', elements: filledHere, errorCode: here.refused?.errorCode ?? '' };
    return { kind: state === 'WAITING' ? 'on-its-way' : 'differs', elements: filledHere };
  }
  if (delivered === false) {
    if (refused !== null) return { kind: 'undelivered-upstream', errorCode: refused };
    return { kind: isLate(record, PLATFORM_DEADLINE, judgedAt.at) ? 'undelivered-upstream' : 'on-its-way' };
  }
  return Object.keys(filledUpstream).length > 0 ? { kind: 'completed', elements: filledUpstream } : null;
}

/** Of a record that was undone on one side, and is an entry on the other. Reading R9. */
function judgeUndone(
  { undone, record }: ComparedRecord,
  there: NonNullable<Pair['there']>,
  { at, deadline }: JudgedAt,
): FindingKind | null {
  if (undone === null) return there.undone ? 'undone-upstream' : null;
  if (there.undone) return null;
  const isSent = undone.upstream !== 'WAITING' || isLate({ ...record, checkTime: undone.at }, deadline, at);
  return isSent ? 'undone-here' : 'on-its-way';
}

const codeOf = (quarantine: string | null) => (quarantine === null ? {} : { errorCode: quarantine });

/**
 * Compares every element. One that is blank on one side was not known when the record was made: no difference. How a record was made
 * (`record-origins`) is listed to nobody, and compared by nobody. Reading R5.
 */
function compareElements(here: CheckRecord, upstream: CheckRecord) {
  type Elements = Record<string, ElementDifference>;
  const [differing, filledHere, filledUpstream]: [Elements, Elements, Elements] = [{}, {}, {}];
  const form = { extended: true, overrides: true, priceForm: 'two-decimals' } as const;
  const [ours, theirs] = [here, upstream].map((record): Record<string, unknown> => checkTicketJson(record, form));
  for (const name of Object.keys({ ...ours, ...theirs })) {
    const own = (name.charAt(0).toLowerCase() + name.slice(1)) as keyof CheckRecord;
    if (here[own] === upstream[own]) continue;
    // The service that let the guest in reported it here; nobody reports it later.
    const isFilledUpstream = name !== 'OverriddenVerdict' && isBlank(here, own);
    const found = isFilledUpstream ? filledUpstream : isBlank(upstream, own) ? filledHere : differing;
    found[name] = { here: ours?.[name] ?? null, upstream: theirs?.[name] ?? null };
  }
  return { differing, filledHere, filledUpstream };
}

function isBlank(record: CheckRecord, name: keyof CheckRecord): boolean {
  return Object.hasOwn(BLANKS, name) && record[name] === BLANKS[name as keyof typeof BLANKS];
}
