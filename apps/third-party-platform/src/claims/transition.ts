import type { ClaimEntry, KnownEntry, RecordId, ReleaseOutcome } from '@ticket-check/protocol';
import { earliest, entryOrder, type Objection } from './first-entry.ts';

/** The claim on a ticket: at most one. */
export type Holder = ClaimEntry & {
  /** The account that it came through. */
  readonly account: string;
  readonly claimedAt: string;
  /** Whether its check record is here. */
  readonly recorded: boolean;
};

/** A check record that counts as an entry. */
export type Entry = KnownEntry & { readonly account: string; readonly receivedAt: string };

/** A claim that was released, or blocked before it was made. */
export type Release = {
  readonly recordId: RecordId;
  /** The account whose claim it is: another one's under the same RecordId is not meant. */
  readonly account: string;
  /** The claim may have led to an admission whose record was lost. */
  readonly uncertain: boolean;
  readonly releasedAt: string;
};

/** A check record that was undone, through the account that it is to have come through. */
export type Undone = KnownEntry & { readonly account: string };

/** All that this platform knows of one ticket. A ticket that has a record has a holder. */
export type TicketState = {
  readonly holder: Holder | null;
  /** Without those that were undone. */
  readonly records: readonly Entry[];
  readonly released: readonly Release[];
  readonly undone: readonly Undone[];
};

export const NOTHING_KNOWN: TicketState = { holder: null, records: [], released: [], undone: [] };

/** The account of a release that holds for every one. */
export const EVERY_ACCOUNT = '';

/** A terminal is about to admit somebody. */
export type ClaimEvent = ClaimEntry & {
  readonly kind: 'claim';
  readonly account: string;
  readonly claimedAt: string;
  /** What the platform above says against it. */
  readonly objection: Objection | null;
  /** It is a bare code, and the ticket has a live e-ticket, whose holder must not be kept out meanwhile. Reading C5. */
  readonly isBareOfETicket?: boolean | undefined;
};

/** A scan that may have claimed ended without an admission, or a supervisor says that one did. */
export type ReleaseEvent = {
  readonly kind: 'release';
  readonly recordId: RecordId;
  /** The account that gives the claim back; null for a supervisor. */
  readonly account: string | null;
  /** The scan may have ended in an admission all the same. */
  readonly uncertain: boolean;
  readonly releasedAt: string;
  readonly withoutClaim: WithoutClaim;
};

/**
 * What to do with a release that has no claim here. `keep`: the claim may be on its way and must not succeed. `ignore`: claims on the
 * ticket are no longer accepted. `refuse`: the account has reached its limit of releases.
 * `too-early`: no claim on the ticket is accepted yet.
 */
export type WithoutClaim = 'keep' | 'ignore' | 'refuse' | 'too-early';

/**
 * `no-room`: nothing is known of it, and it is to be said again later. `too-early`: nothing is known of it, and no claim can
 * have been made.
 */
export type ReleaseAnswer = ReleaseOutcome | 'no-room' | 'too-early';

/** A check record that counts as an entry was kept. */
type ReportEvent = { readonly kind: 'report'; readonly record: Entry };

/** A compensating record was kept: the guest of a record, which may be here or still come, did not go in. */
type UndoEvent = {
  readonly kind: 'undo';
  readonly record: Undone;
  readonly undoneAt: string;
};

export type TicketEvent = ClaimEvent | ReleaseEvent | ReportEvent | UndoEvent;

/** What becomes of a claim. `entry` is null if it is known that the ticket was used, and not when or where. */
export type ClaimOutcome =
  | {
      readonly kind: 'claimed';
      /** Somebody may have entered all the same: an uncertain release came before, or the platform above knows an entry. */
      readonly entryPossible: boolean;
      /** The entry that the platform above knows was undone here. */
      readonly undoneAbove?: true;
    }
  | {
      readonly kind: 'entered';
      readonly entry: ClaimEntry | null;
      /** The same where `entry` is the claim's own, made through another account: its terminal was given another one since. */
      readonly entryPossible?: true;
      readonly undoneAbove?: true;
    }
  | { readonly kind: 'released' }
  | { readonly kind: 'refunded' }
  /** A bare code of a ticket with a live e-ticket, which nobody else holds either. */
  | { readonly kind: 'bare' };

export type AnswerTo<E extends TicketEvent> = E extends ClaimEvent
  ? ClaimOutcome
  : E extends ReleaseEvent
    ? ReleaseAnswer
    : null;

export type Transition<Answer> = { readonly state: TicketState; readonly answer: Answer };

/**
 * The one rule of who may enter with a ticket: every claim, release, report and undo goes through here.
 * Readings C2, C8, R7, R9, X4.
 */
export function transition<E extends TicketEvent>(state: TicketState, event: E): Transition<AnswerTo<E>> {
  return apply(state, event) as Transition<AnswerTo<E>>;
}

function apply(state: TicketState, event: TicketEvent): Transition<ClaimOutcome | ReleaseAnswer | null> {
  switch (event.kind) {
    case 'claim':
      return claim(state, event);
    case 'release':
      return release(state, event);
    case 'report':
      return { state: report(state, event.record), answer: null };
    case 'undo':
      return { state: undo(state, event), answer: null };
  }
}

/**
 * First come wins. Who holds the claim keeps it, unless another record came before the holder's own: that one was an entry,
 * and the claim has led to none yet. A claim belongs to the account that made it: the same RecordId through another account
 * is another claim, because RecordIds are no secret. It may still be the same scan, of a terminal that was given another
 * account: that one recognises its RecordId in the answer, which therefore tells it what it would have been told.
 */
function claim(state: TicketState, event: ClaimEvent): Transition<ClaimOutcome> {
  const { holder, records, released } = state;
  const { recordId, checkTime, gate, account, claimedAt } = event;
  const objection = isOfUndone(state, event.objection) ? null : event.objection;
  const undoneAbove = objection !== event.objection;
  const isOwnRecordHere = records.some((record) => record.recordId === recordId);
  const holds = holder?.recordId === recordId && holder.account === account;
  const others = records.filter((record) => record.recordId !== recordId);
  const isOnlyOwnClaim = holder?.recordId === recordId && !isOwnRecordHere;
  const holdersEntry = holder === null || holds || (isOnlyOwnClaim && others.length > 0) ? [] : [holder];
  const other = earliest([...holdersEntry, ...others]);
  // Above, another entry may stand behind the one that was undone.
  const entryPossible = undoneAbove || released.some(({ uncertain }) => uncertain);
  const claimed = { kind: 'claimed', entryPossible, ...(undoneAbove && { undoneAbove }) } as const;
  const answered = (answer: ClaimOutcome) => ({ state, answer });
  const entered = (entry: ClaimEntry | null) => {
    const isOwn = entry?.recordId === recordId;
    return answered({
      kind: 'entered',
      entry,
      ...(isOwn && entryPossible && { entryPossible }),
      ...(undoneAbove && { undoneAbove }),
    });
  };

  if (objection?.kind === 'refunded') return answered({ kind: 'refunded' });
  // A plain platform says Yes without saying whose entry it is; it may be the very record that was sent on from here.
  if (objection !== null && !(objection.entry === null && isOwnRecordHere)) {
    return entered(earliest([other, objection.entry].filter((entry) => entry !== null)));
  }
  if (released.some((before) => before.recordId === recordId && isOf(before, account))) {
    // A supervisor may have released it while its scan was cut off: the guest who came since is inside.
    return other === null ? answered({ kind: 'released' }) : entered(other);
  }
  if (holds && isOwnRecordHere) return answered(claimed);
  if (other !== null) return entered(other);
  if (holds) return answered(claimed);
  if (event.isBareOfETicket === true) return answered({ kind: 'bare' });
  const made = { recordId, checkTime, gate, account, claimedAt, recorded: isOwnRecordHere };
  return { state: { ...state, holder: made }, answer: claimed };
}

/**
 * Whether the platform above objects to a claim because of an entry that was undone here and that it does not know to be undone. A
 * plain one does not say whose entry it knows.
 */
function isOfUndone({ undone }: TicketState, objection: Objection | null): boolean {
  if (objection?.kind !== 'entered') return false;
  const { entry } = objection;
  return entry === null ? undone.length > 0 : undone.some(({ recordId }) => recordId === entry.recordId);
}

/**
 * Releases a claim, and keeps it from ever being made again; if its record is here, the claim stays. If other records of the
 * ticket are here, the claim passes to the first of them. A claim that a supervisor releases may have led to an admission that
 * was not reported yet.
 */
function release(state: TicketState, event: ReleaseEvent): Transition<ReleaseAnswer> {
  const { recordId, account, uncertain, releasedAt, withoutClaim } = event;
  const { holder, records } = state;
  const stands = holder?.recordId === recordId ? holder : null;
  if (stands === null ? account === null : account !== null && stands.account !== account) {
    return { state, answer: 'not-holder' };
  }
  if (records.some((record) => record.recordId === recordId)) return { state, answer: 'entered' };
  if (stands === null && withoutClaim === 'ignore') return { state, answer: 'released' };
  if (stands === null && withoutClaim !== 'keep' && !isReleased(state, recordId, account)) {
    return { state, answer: withoutClaim === 'refuse' ? 'no-room' : 'too-early' };
  }
  const given: Release = {
    recordId,
    account: stands?.account ?? account ?? EVERY_ACCOUNT,
    // Without a claim here nobody was admitted; nor can a stranger to a ticket cast doubt on it.
    uncertain: stands !== null && (uncertain || account === null),
    releasedAt,
  };
  return {
    state: {
      ...state,
      holder: stands === null ? holder : heldByFirst(records),
      released: withRelease(state.released, given),
    },
    answer: 'released',
  };
}

function isReleased({ released }: TicketState, recordId: RecordId, account: string | null): boolean {
  return released.some((release) => release.recordId === recordId && release.account === account);
}

/** A release that is said again stays what it was, except that it may turn out to be uncertain. */
function withRelease(released: readonly Release[], given: Release): readonly Release[] {
  const before = released.find(({ recordId, account }) => recordId === given.recordId && account === given.account);
  if (before === undefined) return [...released, given];
  if (before.uncertain || !given.uncertain) return released;
  return released.map((each) => (each === before ? given : each));
}

/**
 * A record claims its ticket; an existing claim stays with its holder, even if the record is another's. A record that was undone
 * before it came claims nothing.
 */
function report(state: TicketState, record: Entry): TicketState {
  const { holder } = state;
  if (state.undone.some((undone) => isUndoneBy(record, undone))) return state;
  const isKnown = state.records.some((known) => isSame(known, record));
  const records = isKnown ? state.records : [...state.records, record];
  if (holder === null) return { ...state, records, holder: heldBy(record) };
  return { ...state, records, holder: holder.recordId === record.recordId ? { ...holder, recorded: true } : holder };
}

/**
 * An undone record no longer counts as an entry, whether it is here or still comes, and its claim is released for good: the next
 * one may take its place. If other records of the ticket are here, the claim passes to the first of them, so that nobody enters
 * beside a guest who is inside. A record of another account is not affected: RecordIds are no secret. Undoing twice changes
 * nothing. Reading R9.
 */
function undo(state: TicketState, { record, undoneAt }: UndoEvent): TicketState {
  const { recordId, account } = record;
  const { holder } = state;
  if (state.undone.some((undone) => isUndoneBy(record, undone))) return state;
  const under = state.records.filter((known) => isSame(known, record));
  if (under.some((known) => known.account !== account)) return state;
  const records = state.records.filter((known) => !under.includes(known));
  const isTheirs = holder?.recordId === recordId && (holder.account === account || under.length > 0);
  const released = { recordId, account: isTheirs ? holder.account : account, uncertain: false, releasedAt: undoneAt };
  return {
    holder: isTheirs ? heldByFirst(records) : holder,
    records,
    released: withRelease(state.released, released),
    undone: [...state.undone, record],
  };
}

function isUndoneBy(record: Undone, undone: Undone): boolean {
  return isSame(record, undone) && record.account === undone.account;
}

function heldByFirst(records: readonly Entry[]): Holder | null {
  const [first] = records.toSorted((a, b) => (entryOrder(a) < entryOrder(b) ? -1 : 1));
  return first === undefined ? null : heldBy(first);
}

/** The claim that a record makes. */
export function heldBy({ recordId, checkTime, account, receivedAt }: Entry): Holder {
  return { recordId, checkTime, gate: '', account, claimedAt: receivedAt, recorded: true };
}

function isOf(release: Release, account: string): boolean {
  return release.account === account || release.account === EVERY_ACCOUNT;
}

function isSame(a: KnownEntry, b: KnownEntry): boolean {
  return a.recordId === b.recordId && a.checkTime === b.checkTime;
}
