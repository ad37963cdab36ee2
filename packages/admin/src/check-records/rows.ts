import { z } from 'zod';

const text = z.string();
const amount = z.number();
const words = text.optional();
const count = amount.optional();

/** A record and its ticket, as every list names them. */
const NAMED = { RecordId: text, CinemaCode: text, FilmTicketCode: text, CheckTime: text, StartTime: text };

/** A check record in a list: without its code, which is half of its bytes. */
const RECORD = z.object({
  ...NAMED,
  ...{ ScreenCode: text, ScreenName: text, SessionCode: text, FilmCode: text, FilmName: text },
  TicketType: z.string().describe('empty: not known, which reading R5 calls incomplete'),
  ...{ RowNum: amount, ColumnNum: amount, Price: amount, Service: amount },
  Account: z.string().optional().describe('who reported it, which at a third-party platform is the terminal'),
  State: z.enum(['DELIVERED', 'WAITING', 'PARKED', 'QUARANTINED']).optional(),
  ...{ Gate: words, ReceivedAt: text, SentAt: words, DeliveredAt: words, UndoneAt: words },
  First: z.boolean().describe('whether it is the first entry of its ticket'),
  Quarantined: z.boolean(),
  ErrorCode: z.string().nullable().describe('why it is quarantined'),
  OverriddenVerdict: z.string().optional().describe('the refusal that a supervisor overrode'),
  Offline: z.boolean().nullable().optional(),
});

export const RECORD_ROW = RECORD.loose();

export type RecordRow = z.output<typeof RECORD>;

export const RECORD_COUNT_ROW = z.object({ Records: amount, Entries: amount, Quarantined: amount });

export type TicketEntry = {
  readonly [name in 'RecordId' | 'CheckTime' | 'ReceivedAt' | 'Username' | 'State']: string;
} & {
  readonly First: boolean;
  readonly Gate?: string;
  readonly OverriddenVerdict?: string;
  readonly ErrorCode: string | null;
};

const WAY_STEP = z.object({
  Step: z.string(),
  At: z.string().nullable().describe('null: not known, or not yet'),
  ...{ Account: words, Gate: words, Verdict: words, Reason: words },
  Operator: words.describe('who overrode a refusal'),
  ...{ ErrorCode: words, Message: words, Attempts: count, NextAttemptAt: words },
  Refusals: count.describe('how often the upstream had refused it before'),
  Upstream: z.enum(['DELIVERED', 'WAITING', 'REFUSED']).optional().describe('what it knows of an undone entry'),
  Offline: z.boolean().nullable().optional(),
});

const ENTRY_OF_TICKET = z.object({
  ...{ RecordId: text, CheckTime: text, Account: words, Gate: words, OverriddenVerdict: words },
  ...{ First: z.boolean(), IsThis: z.boolean() },
});

/** A record with its way and the entries of its ticket; and whatever else is known of it. */
export const WHOLE_RECORD = z.looseObject({
  RecordId: z.string(),
  CheckTime: z.string(),
  Way: z.array(WAY_STEP),
  EntriesOfTicket: z.array(ENTRY_OF_TICKET),
});

export type EntryOfTicket = z.output<typeof ENTRY_OF_TICKET>;
export type WholeRecord = z.output<typeof WHOLE_RECORD>;

/** A record that does not go on: refused upstream, quarantined, or not accepted by its deadline. */
export const STOPPED_ROW = z.object({
  ...NAMED,
  ...{ Account: words, Gate: words, ReceivedAt: text },
  ErrorCode: z.string().nullable().describe('null: it waits to be sent'),
  Differences: z.array(z.string()).optional().describe('elements in which it contradicts its code'),
  ParkedAt: words.describe('when the upstream refused it'),
  ...{ ErrorMessage: words, NextAttemptAt: words, Attempts: count },
});

export type StoppedRow = z.output<typeof STOPPED_ROW>;

export const UNDONE_ROW = z.object({
  RecordId: z.string().describe('of its undoing'),
  Reverses: z.string().describe('the RecordId of the entry'),
  ...{ CinemaCode: text, FilmTicketCode: text, StartTime: text, CheckTime: text },
  ReversedAt: z.string(),
  Account: text.optional(),
  Upstream: z.enum(['DELIVERED', 'WAITING', 'REFUSED']).describe('until it is delivered, the entry counts upstream'),
  ErrorCode: z.string().nullable(),
});

/** Records of an account that count although their sender probably gets something wrong, and what to change. */
export const SUSPICIOUS_ROW = z.object({
  Username: z.string(),
  Kind: z.enum(['utc-check-time', 'fen-price']),
  Records: z.number(),
  LatestAt: z.string().describe('when the latest of them came'),
  Advice: z.string(),
  AdviceZh: z.string(),
});

export type SuspiciousRow = z.output<typeof SUSPICIOUS_ROW>;

/** A row of a report: of what it counts by; of a cinema, and of all together, only the counts. */
export const REPORT_ROW = z.object({
  BusinessDate: z.string(),
  LastBusinessDate: words.describe('of a report of several dates'),
  ...{ CinemaCode: words, StartTime: words, ScreenCode: words, ScreenName: words, SessionCode: words },
  ...{ FilmCode: words, FilmName: words, Account: words, Gate: words, TicketType: words },
  ...{ Verdict: words.describe('of scans'), Scans: count },
  ...{ Checked: count, Entries: count, Sent: count, Delivered: count, Waiting: count, Parked: count },
  Admitted: count.nullable().describe('as platforms reported'),
  ...{ Quarantined: count, Doubles: count, LateRefunds: count, Incomplete: count },
  ...{ Undone: count, UndoneStanding: count },
  ...{ Overridden: count, Offline: count.nullable(), OfflineTold: count, OfflineShare: count.nullable() },
  ...{ Price: count.describe('of all entries, in yuan; by session-total and type'), Service: count },
  ...{ Completeness: count.nullable(), Alarm: z.boolean().optional() },
  Sold: count.nullable().describe('tickets sold and not refunded, where they are known; with their money'),
  ...{ SoldPrice: count.nullable(), SoldService: count.nullable() },
});

export type ReportRow = z.output<typeof REPORT_ROW>;

export type ReportBesides = {
  readonly Cinemas: readonly ReportRow[];
  readonly Scans: readonly ReportRow[];
  readonly Total: ReportRow;
};

/** What reached the upstream of what was admitted in a cinema on a business date. */
export const COMPLETENESS_ROW = z.object({
  BusinessDate: z.string(),
  CinemaCode: z.string(),
  Entries: z.number(),
  Delivered: z.number(),
  Completeness: z.number().nullable(),
  Alarm: z.boolean().describe('the date is over and less than is demanded has arrived'),
});

const DIFFERENCE = z.object({
  Kind: z.string(),
  ...NAMED,
  Compared: z.enum(['records', 'status']),
  ErrorCode: text.optional(),
  Elements: z.record(z.string(), z.object({ Here: z.unknown(), Upstream: z.unknown() })).optional(),
  Advice: z.string(),
  AdviceZh: z.string(),
});

export const DIFFERENCE_ROW = DIFFERENCE.loose();

export type DifferenceRow = z.output<typeof DIFFERENCE>;

export type ComparedBesides = {
  readonly At: string;
  readonly TookMs: number;
  /** Of the dates, here. */
  readonly Records: number;
  readonly Differing: number;
  readonly Failed: number;
  /** By date, one for each. */
  readonly Cinemas: readonly ({ readonly BusinessDate: string; readonly CinemaCode: string } & (
    | { readonly Compared: string }
    | { readonly Failure: string }
  ))[];
};

export const RECONCILED_ROW = z.object({
  BeganAt: z.string(),
  EndedAt: z.string(),
  BusinessDate: z.string(),
  LastBusinessDate: words.describe('of several dates'),
  CinemaCodes: z.array(z.string()).describe('`*`: all that there are'),
  Records: z.number().nullable().describe('that there were here; null of a command'),
  Differing: z.number(),
  Failed: z.number().describe('cinemas that could not be compared'),
});

export type ReconciledRow = z.output<typeof RECONCILED_ROW>;
