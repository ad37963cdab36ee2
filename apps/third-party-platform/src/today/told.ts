// Imported by the screen in the browser too, so it imports nothing.

/** Something that does not settle by itself. Screens have words for each kind, and know where it is settled. */
export type Need =
  /** No national platform is set, or it does not answer. */
  | { readonly Kind: 'upstream-not-set' | 'line-down' }
  /** Terminals at which guests or records are held up, or may be. Reading X8. */
  | { readonly Kind: 'terminals'; readonly Count: number }
  /** Cinemas with whose public keys something is wrong, and of how many no ticket can be checked. Reading K5. */
  | { readonly Kind: 'keys'; readonly Count: number; readonly Unusable: number }
  /** Tickets on the worklist whose outcome nobody has noted; with `AtLeast` there may be more. Reading R7. */
  | { readonly Kind: 'findings'; readonly Count: number; readonly AtLeast: boolean }
  /** Records of any date: past their deadline; refused by the national platform; quarantined. */
  | { readonly Kind: 'overdue' | 'parked' | 'quarantined'; readonly Count: number }
  /** Nothing of a cinema has been delivered for so long while something waits. */
  | { readonly Kind: 'stuck'; readonly CinemaCode: string; readonly Failures: number; readonly Code: string }
  /** Of a past business date too few entries have reached the national platform. Reading R1. */
  | {
      readonly Kind: 'incomplete-day';
      readonly CinemaCode: string;
      readonly BusinessDate: string;
      readonly Entries: number;
      readonly Delivered: number;
    }
  /** Claims without a check record, since the oldest was made. Reading C8. */
  | { readonly Kind: 'late-claims'; readonly Count: number; readonly Oldest: string | null };

export type CinemaToday = {
  readonly CinemaCode: string;
  readonly Entries: number;
  readonly Before: number;
  /** Entries of its sessions that run or begin; null if they could not be counted. */
  readonly Inside: number | null;
};

/** A session that runs or begins, once a guest of it was admitted. */
export type SessionToday = {
  readonly CinemaCode: string;
  readonly StartTime: string;
  readonly HasBegun: boolean;
  readonly ScreenCode: string;
  readonly ScreenName: string;
  readonly SessionCode: string;
  readonly FilmName: string;
  readonly Entries: number;
};

/** What a platform's people see of the business date that is now. Scheme 5.2.5. */
export type Today = {
  readonly BusinessDate: string;
  readonly From: string;
  readonly Until: string;
  /** Records by the ten minutes in which they were checked, from `From` on; steps without any are left out. */
  readonly Steps: readonly {
    readonly At: string;
    readonly Entries: number;
    readonly Quarantined: number;
  }[];
  readonly Entries: number;
  readonly Quarantined: number;
  /** The same weekday of the week before; its entries by the same time, and of the whole date. */
  readonly Before: {
    readonly BusinessDate: string;
    readonly Entries: number;
    readonly OfTheDay: number;
    readonly Steps: readonly { readonly At: string; readonly Entries: number }[];
  };
  /** Guests who are in sessions that run, or wait for theirs; null if they could not be counted. */
  readonly Inside: number | null;
  /** The fullest 50, and how many there are. */
  readonly Cinemas: readonly CinemaToday[];
  readonly CinemaCount: number;
  /** null if there are too many cinemas: the query `cinema` asks for one. */
  readonly Sessions: readonly SessionToday[] | null;
  /** Scans that terminals say they refused on this business date, by verdict. */
  readonly Refused: Readonly<Record<string, number>>;
  /**
   * Accounts of terminals in force, and of how many the scans are in `Refused`: not of those that report none, nor of those that are for
   * cinemas of others too.
   */
  readonly Terminals: { readonly Accounts: number; readonly Telling: number };
  /** Of any business date. */
  readonly OnTheWay: {
    readonly Waiting: number;
    readonly Parked: number;
    readonly Overdue: number;
    /** CheckTime of the oldest record that the national platform has not confirmed. */
    readonly OldestUnsent: string | null;
    /** So long after the check, or the start of its session, a record is overdue. */
    readonly DeadlineSeconds: number;
    /** When the national platform last confirmed records, of any cinema. */
    readonly LastDeliveredAt: string | null;
  };
  readonly Line: { readonly State: 'up' | 'down' | 'not-set' };
  readonly Needs: readonly Need[];
  /** The steps of a first run, for those who see all cinemas; null once all are done. */
  readonly SetUp: Readonly<Record<SetUpStep, boolean>> | null;
};

/** A national platform is set, cinemas are served, an account of a terminal is in force, and some terminal was heard. */
export type SetUpStep = 'upstream' | 'cinemas' | 'accounts' | 'terminals';
