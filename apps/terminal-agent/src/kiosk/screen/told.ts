/** What the agent sends to kiosk pages. Times are wall clocks of Asia/Shanghai, `2026-11-24T19:50:00`. */

export type KioskStatus = {
  readonly at: string;
  readonly clockTrusted: boolean;
  readonly line: 'up' | 'down' | 'none';
  /** Platform and account that a person at this terminal has to confirm; null: none offered. */
  readonly enrolment: {
    readonly offer: string;
    readonly host: string;
    readonly account: string;
    readonly step: 'offered' | 'under-way' | 'failed';
    readonly fault: string | null;
  } | null;
  /** The platform's last answer while the line is down; null: the line is up, or no answer ever. */
  readonly offlineSince: string | null;
  readonly admitsOffline: boolean;
  readonly waiting: number;
  readonly scanners: readonly { readonly name: string; readonly works: boolean }[];
  readonly gate: {
    readonly hasHardware: boolean;
    readonly isOutOfOrder: boolean;
    /** Whether a person went through unadmitted, until staff acknowledge it. */
    readonly isPassedUnadmitted: boolean;
    /** Guests admitted within the last minutes who did not go through. */
    readonly missed: number;
  };
};

export type KioskPage = {
  readonly gate: string;
  /** All gates of the terminal; the page links to the others. */
  readonly gates: readonly string[];
  /** The build of the page's files; the page reloads when it changes. */
  readonly build: string;
  /** The key that `POST /scan` accepts from the page instead of the terminal's token. */
  readonly key: string;
  readonly admitsBefore: number;
  /** Whether guests may step out and come back once. */
  readonly hasPassOuts: boolean;
  /** Who is logged in on this phone, which is a scanner of theirs; null: a screen at the gate. */
  readonly staff: string | null;
};

/** The key that clears a PIN. */
export const CLEAR = '清除 Clear';
