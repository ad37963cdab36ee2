import type { Verdict } from '@ticket-check/protocol/verdicts';

/** What kiosk pages are told by the agent. Times are wall clocks of Asia/Shanghai, `2026-11-24T19:50:00`. */

/** The answer to a scan, as `POST /scan` gives it: what of it the page shows. */
export type ScanAnswer = {
  readonly Verdict: Verdict;
  readonly Message: string;
  readonly MessageZh: string;
  readonly GateOpened?: boolean | undefined;
  readonly RetryInSeconds?: number | undefined;
  readonly StartTime?: string | undefined;
  readonly ScreenName?: string | undefined;
  readonly FilmName?: string | undefined;
  readonly RowNum?: number | undefined;
  readonly ColumnNum?: number | undefined;
  /** Answered before: a second event of one physical read. */
  readonly Repeated?: boolean | undefined;
  /** What the platform said of the ticket in words that are none of the scheme's. */
  readonly UnknownWords?:
    | { readonly RefundStatus?: string | undefined; readonly CheckStatus?: string | undefined }
    | undefined;
  readonly FirstEntry?:
    | {
        readonly CheckTime: string;
        readonly Gate?: string | undefined;
        readonly Terminal?: string | undefined;
        readonly Recorded?: boolean | undefined;
      }
    | undefined;
};

/** What happens to a scan at the gate of the page. */
export type ScanEvent = {
  readonly scanner: string | null;
} & (
  | { readonly what: 'reading' }
  | { readonly what: 'checking' }
  | { readonly what: 'answered'; readonly answer: ScanAnswer }
  /** It came to no answer. */
  | { readonly what: 'failed' }
);

/** How the terminal is, as the page of a gate shows it beside the scans. */
export type KioskStatus = {
  /** The time that scans count by. */
  readonly at: string;
  readonly clockTrusted: boolean;
  /** `none` where no platform above is set. */
  readonly line: 'up' | 'down' | 'none';
  /** The platform and account that a person at this terminal is to confirm; null while none is offered. */
  readonly enrolment: {
    /** Names it in the confirmation. */
    readonly offer: string;
    readonly host: string;
    readonly account: string;
    readonly step: 'offered' | 'under-way' | 'failed';
    readonly fault: string | null;
  } | null;
  /** When the platform was last heard, while it is not; null also where it never was. */
  readonly offlineSince: string | null;
  /** Whether guests are admitted while the line is down. */
  readonly admitsOffline: boolean;
  /** Records that the platform has not confirmed. */
  readonly waiting: number;
  readonly scanners: readonly { readonly name: string; readonly works: boolean }[];
  readonly gate: {
    readonly hasHardware: boolean;
    readonly isOutOfOrder: boolean;
    /** Whether somebody went through unadmitted, until staff acknowledge it. */
    readonly isPassedUnadmitted: boolean;
    /** Guests who were let in within the last minutes and did not go through. */
    readonly missed: number;
  };
};

/** What the page finds in itself when it opens. */
export type KioskPage = {
  readonly gate: string;
  /** All of the terminal: where there are several, the page leads to the others. */
  readonly gates: readonly string[];
  /** Of the files of the page: one with others is opened anew. */
  readonly build: string;
  /** What `POST /scan` takes from the page in place of the terminal's token. */
  readonly key: string;
  readonly admitsBefore: number;
  /** Whether something sees who goes through this gate. */
  readonly hasSensor: boolean;
  /** Where the console is; null where its port is not known before it listens. */
  readonly console: { readonly host: string | null; readonly port: number } | null;
};
