// Imported by the screen in the browser too, so it imports nothing.

/** A platform that reports here. */
type PlatformToday = {
  readonly Username: string;
  readonly LastHeardAt: string | null;
  /** Records of today and of `LastDate` that count. */
  readonly Today: number;
  readonly Entries: number;
  /** Of `LastDate`, as far as it was reported; null where nothing was. */
  readonly Completeness: number | null;
};

/** A cinema on `LastDate`. */
export type CinemaDay = {
  readonly CinemaCode: string;
  /** Tickets of its sessions that were sold and not refunded. */
  readonly Sold: number;
};

export type CinemaBelow = CinemaDay & {
  readonly Platform: string;
  readonly Admitted: number;
  readonly Reached: number;
  readonly Completeness: number | null;
};

/** What a regulator sees first: who reports, where too little arrived, and who is silent. Scheme 5.2.9. */
export type Today = {
  readonly BusinessDate: string;
  readonly Today: number;
  /** The last business date that is over. */
  readonly LastDate: string;
  readonly Sold: number;
  /** Records of it that count, whatever was reported. */
  readonly Entries: number;
  readonly Completeness: number | null;
  /** Those that sent nothing of it first. */
  readonly Platforms: readonly PlatformToday[];
  /** Cinemas with less than is demanded, the worst first, and how many there are. */
  readonly Below: readonly CinemaBelow[];
  readonly BelowCount: number;
  /** Cinemas that sold tickets and sent no record; most tickets first. */
  readonly Silent: readonly CinemaDay[];
  readonly SilentCount: number;
  readonly DemandedPercent: number;
  /** What platforms reported of each of 30 business dates, also as delivered; dates without a report of the whole are left out. */
  readonly Trend: readonly { readonly BusinessDate: string; readonly Admitted: number; readonly Delivered: number }[];
  /** The steps of a first run, for those who see all cinemas; null once all are done. */
  readonly SetUp: Readonly<Record<SetUpStep, boolean>> | null;
};

/** Cinemas were imported, tickets were sold, a platform has an account, and some record came. */
export type SetUpStep = 'cinemas' | 'tickets' | 'platforms' | 'records';
