import type { Verdict } from '@ticket-check/protocol/verdicts';

type Maybe<T> = { readonly [Name in keyof T]?: T[Name] | undefined };

export type ScanAnswer = { readonly Verdict: Verdict; readonly Message: string; readonly MessageZh: string } & Maybe<{
  RecordId: string;
  GateOpened: boolean;
  RetryInSeconds: number;
  StartTime: string;
  ScreenName: string;
  FilmName: string;
  RowNum: number;
  ColumnNum: number;
  /** Answered before: a second event of one physical read. */
  Repeated: boolean;
  /** Values in the platform's answer that the scheme does not define. */
  UnknownWords: Maybe<{ RefundStatus: string; CheckStatus: string }>;
  FirstEntry: { readonly CheckTime: string } & Maybe<{ Gate: string; Terminal: string; Recorded: boolean }>;
}>;

/** What the page at the gate shows after a scan that was no check. */
export type ToldInstead =
  | { readonly what: 'looked'; readonly answer: ScanAnswer }
  | { readonly what: 'badge'; readonly badge: ShownBadge };

/** What the page at a gate is sent of a scan there, as it happens. */
export type ScanEvent = { readonly scanner: string | null } & (
  | { readonly what: 'reading' | 'checking' | 'failed' }
  | { readonly what: 'answered'; readonly answer: ScanAnswer }
  | ToldInstead
);

/** The refused guest whom a supervisor may let in whose badge was read, or why there is none. */
export type ShownBadge =
  /** `offer` identifies it in what is sent with the PIN. */
  | { readonly offer: string; readonly operator: string; readonly answer: ScanAnswer }
  | { readonly problem: { readonly zh: string; readonly en: string } };

/** What became of it. `gone`: another scan came, or too much time has passed. */
export type LetIn =
  | { readonly what: 'let in'; readonly isOpen: boolean }
  | { readonly what: 'wrong' | 'gone' }
  | { readonly what: 'too soon'; readonly waitSeconds: number }
  | { readonly what: 'refused'; readonly problem: { readonly zh: string; readonly en: string } };

/** What the scanner of a staff phone is called. */
export const PHONE = 'phone-';

/** More places than any terminal has at a time: a phone is another scanner each time that it opens the page. */
export const MAX_PLACES = 1000;

/** Where somebody scans: several phones share a gate, and each is a place; a gate's own scanners and its screen are one together. */
export const placeOf = (gate: string, scanner?: string | null): string =>
  scanner?.startsWith(PHONE) ? `${gate}\n${scanner}` : gate;
