import { type CheckRecord, checkTicketJson, type WallClock } from '@ticket-check/protocol';
import { type Deadline, isLate, PLATFORM_DEADLINE } from '../outbox/summary.ts';
import { BLANKS } from '../tables/received-record.ts';
import type { Pair } from './pair-up.ts';
import type { ComparedRecord } from './summarize-day.ts';

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

/** Every element of a record by its wire name. How it was made (`record-origins`) is listed to nobody, and compared by nobody. */
const ELEMENTS = {
  RecordId: 'recordId',
  TicketInfoCode: 'ticketInfoCode',
  CheckTime: 'checkTime',
  ScreenCode: 'screenCode',
  ScreenName: 'screenName',
  FilmCode: 'filmCode',
  FilmName: 'filmName',
  SessionCode: 'sessionCode',
  StartTime: 'startTime',
  TicketType: 'ticketType',
  FilmTicketCode: 'filmTicketCode',
  RowNum: 'rowNum',
  ColumnNum: 'columnNum',
  Price: 'price',
  Service: 'service',
  OverriddenVerdict: 'overriddenVerdict',
} as const satisfies Record<
  Exclude<keyof ReturnType<typeof checkTicketJson>, 'Gate' | 'Offline' | 'DecidedMs' | 'ForwarderSeconds'>,
  keyof CheckRecord
>;

/** Compares every element. One that is blank on one side was not known when the record was made: no difference. Reading R5. */
function compareElements(here: CheckRecord, upstream: CheckRecord) {
  type Elements = Record<string, ElementDifference>;
  const found: Record<'differing' | 'filledHere' | 'filledUpstream', Elements> = {
    differing: {},
    filledHere: {},
    filledUpstream: {},
  };
  const names = Object.keys(ELEMENTS) as (keyof typeof ELEMENTS)[];
  const different = names.filter((name) => here[ELEMENTS[name]] !== upstream[ELEMENTS[name]]);
  // Written only if needed.
  if (different.length === 0) return found;
  const form = { extended: true, overrides: true, priceForm: 'two-decimals' } as const;
  const [ours, theirs] = [checkTicketJson(here, form), checkTicketJson(upstream, form)];
  for (const name of different) {
    // The service that let the guest in reported it here; nobody reports it later.
    const isFilledUpstream = name !== 'OverriddenVerdict' && isBlank(here, ELEMENTS[name]);
    const filled = isFilledUpstream ? 'filledUpstream' : isBlank(upstream, ELEMENTS[name]) && 'filledHere';
    found[filled || 'differing'][name] = { here: ours[name] ?? null, upstream: theirs[name] ?? null };
  }
  return found;
}

function isBlank(record: CheckRecord, name: keyof CheckRecord): boolean {
  return Object.hasOwn(BLANKS, name) && record[name] === BLANKS[name as keyof typeof BLANKS];
}
