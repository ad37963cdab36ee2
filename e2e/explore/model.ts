import { addSeconds, parseRecordId, parseWallClock, type RecordId } from '@ticket-check/protocol';
import { isConfirmed, judgeEntry, type UpstreamAnswer } from '@ticket-check/terminal-agent/admission';
import type {
  ClaimOutcome,
  ReleaseEvent,
  TicketState,
  transition,
} from '@ticket-check/third-party-platform/claim-rules';
import { NOTHING_KNOWN } from '@ticket-check/third-party-platform/claim-rules';

/** The rule of the platform, or one with a fault. */
export type Rule = typeof transition;

const START_TIME = parseWallClock('2026-11-24T20:00:00');
export const TERMINALS = [0, 1] as const;
export const TICKETS = [0, 1] as const;
/** What is counted on a path, wherever it happens. */
const NONE_YET = { restores: 0, lostAcknowledgements: 0, salvages: 0, supervisorReleases: 0, undos: 0, returns: 0 };
type Done = Readonly<typeof NONE_YET>;
/** How often anything of its kind may happen on one path; scans of each ticket, crashes and moves at each terminal. */
type Most = Done & {
  readonly scans: number;
  readonly crashes: number;
  readonly moves: number;
  /** A fault: compensating records do not wait for other entries of their ticket that are on their way. */
  readonly overtaking: boolean;
};

/** `asking`: its claim is under way. `cut`: a crash left its intent, which is continued. */
type Scan = { readonly id: RecordId; readonly phase: 'asking' | 'cut'; readonly continued: boolean };
type Admission = { readonly id: RecordId; readonly confirmed: boolean };
/** One that the store no longer knows. `record`: what was read of the damaged one holds its check record. */
type FormerAdmission = Admission & { readonly record: boolean };
type Release = { readonly id: RecordId; readonly uncertain: boolean };
/** One ticket at one terminal. */
type Seen = {
  readonly scans: number;
  /** Undecided ones: several gates may be at it at once. */
  readonly open: readonly Scan[];
  readonly entries: readonly Admission[];
  readonly former: readonly FormerAdmission[];
  readonly unsent: boolean;
  /** Admissions that were undone; their records are sent like all others. */
  readonly undone: readonly RecordId[];
  /** Of these, the ones that the platform is still to be told of. */
  readonly undosWaiting: readonly RecordId[];
  readonly releases: readonly Release[];
  /** Kept for the case that the platform is restored. */
  readonly answered: readonly Release[];
};
/** A claim, with the account that it was signed by. */
type Asked = { readonly terminal: number; readonly ticket: number; readonly id: RecordId; readonly account: string };
type Replied = Asked & { readonly outcome: ClaimOutcome; readonly restored: boolean };

export type World = {
  /** How many each terminal has. */
  readonly gates: number;
  readonly most: Most;
  readonly seen: readonly (readonly Seen[])[];
  readonly crashes: readonly number[];
  /** Which have a store that took over from a damaged one, and have not heard the platform since. */
  readonly fresh: readonly boolean[];
  /** How often each was given another account. */
  readonly accounts: readonly number[];
  readonly done: Done;
  readonly claims: readonly Asked[];
  readonly replies: readonly Replied[];
  readonly platform: readonly TicketState[];
  readonly backup: readonly TicketState[] | null;
  /** What the national platform knows of each ticket. */
  readonly national: readonly (readonly RecordId[])[];
};

const UNSEEN: Seen = {
  ...{ scans: 0, open: [], entries: [], former: [], unsent: false },
  ...{ undone: [], undosWaiting: [], releases: [], answered: [] },
};

export const BEGINNING: World = {
  gates: 1,
  most: { ...NONE_YET, scans: 2, crashes: 1, restores: 1, lostAcknowledgements: 1, moves: 0, overtaking: false },
  seen: TERMINALS.map(() => TICKETS.map(() => UNSEEN)),
  crashes: TERMINALS.map(() => 0),
  fresh: TERMINALS.map(() => false),
  accounts: TERMINALS.map(() => 0),
  done: NONE_YET,
  claims: [],
  replies: [],
  platform: TICKETS.map(() => NOTHING_KNOWN),
  backup: null,
  national: TICKETS.map(() => []),
};

const POLICIES = [
  { offline: 'admit', unknownTicket: 'admit' },
  { offline: 'refuse', unknownTicket: 'admit' },
] as const;

/** Something that may happen next, by name. */
type Step = { readonly name: string; readonly next: World };

export function stepsFrom(world: World, rule: Rule, tickets: readonly number[]): Step[] {
  const steps: Step[] = [];
  const { most, done } = world;
  const add = (name: string, next: World | null) => next !== null && steps.push({ name, next });
  const may = (kind: keyof Done) => done[kind] < most[kind];
  for (const terminal of TERMINALS) {
    for (const ticket of tickets) {
      const at = `${ticket} at ${terminal}`;
      const seen = seenAt(world, terminal, ticket);
      add(`scan ${at}`, scan(world, terminal, ticket));
      for (const { id, phase } of seen.open) {
        if (phase === 'asking') add(`no answer for ${id}`, decide(world, terminal, ticket, id, null));
      }
      if (seen.unsent) {
        add(`report ${at}`, report(world, rule, terminal, ticket, true));
        if (may('lostAcknowledgements') && world.platform[ticket]?.records.length === 0)
          add(`report ${at}, acknowledgement lost`, report(world, rule, terminal, ticket, false));
      }
      if (may('undos')) add(`undo ${at}`, undo(world, terminal, ticket));
      for (const line of may('returns') ? LINES : [])
        add(`return ${at}, line ${line}`, comeBack(world, rule, terminal, ticket, line));
      const waits = seen.unsent && recordsAt(world, terminal, ticket).length > 0 && !most.overtaking;
      if (seen.undosWaiting.length > 0 && !waits) add(`undo ${at} arrives`, reportUndo(world, rule, terminal, ticket));
      if (seen.releases.length > 0) add(`release ${at}`, release(world, rule, terminal, ticket));
    }
    if ((world.crashes[terminal] ?? 0) < most.crashes) add(`crash of ${terminal}`, crash(world, terminal));
    if (may('salvages')) {
      add(`salvage of ${terminal}`, salvage(world, terminal, true));
      add(`salvage of ${terminal}, last decisions lost`, salvage(world, terminal, false));
    }
    if ((world.accounts[terminal] ?? 0) < most.moves) add(`another account for ${terminal}`, move(world, terminal));
  }
  for (const ticket of may('supervisorReleases') ? tickets : [])
    add(`supervisor releases ${ticket}`, superviseRelease(world, rule, ticket));
  for (const asked of world.claims) add(`claim ${asked.id} arrives`, answer(world, rule, asked));
  for (const reply of world.replies) add(`reply ${reply.id} arrives`, hear(world, reply));
  for (const ticket of tickets) {
    add(`forward ${ticket}`, forward(world, ticket));
    add(`forward undo of ${ticket}`, forwardUndo(world, ticket));
  }
  if (world.backup === null) add('backup', { ...world, backup: world.platform });
  else if (may('restores')) add('restore', restore(world));
  return steps;
}

/** The same, where one more of a kind has happened. */
const counted = (world: World, kind: keyof Done): World => ({
  ...world,
  done: { ...world.done, [kind]: world.done[kind] + 1 },
});

export const seenAt = (world: World, terminal: number, ticket: number): Seen =>
  world.seen[terminal]?.[ticket] ?? UNSEEN;

function withSeen(world: World, terminal: number, ticket: number, change: Partial<Seen>): World {
  const seen = world.seen.map((tickets, t) =>
    t === terminal ? tickets.map((each, k) => (k === ticket ? { ...each, ...change } : each)) : tickets,
  );
  return { ...world, seen };
}

function withTicket(world: World, ticket: number, state: TicketState): World {
  return { ...world, platform: world.platform.map((each, index) => (index === ticket ? state : each)) };
}

const idOf = (terminal: number, ticket: number, scans: number) =>
  parseRecordId(`019a0000-0000-7000-8000-0000000${scans}0${ticket}0${terminal}`);
const CHECK_TIMES = Array.from({ length: 10 }, (_, second) => addSeconds(START_TIME, second));
const checkTimeOf = (id: RecordId) => CHECK_TIMES[Number(id.at(-5))] ?? START_TIME;
const accountOf = (world: World, terminal: number) => `terminal-${terminal} ${world.accounts[terminal] ?? 0}`;

/** A guest holds the ticket out, at a gate that is free. An intent that a crash left is continued. */
export function scan(world: World, terminal: number, ticket: number): World | null {
  const { scans, open, entries } = seenAt(world, terminal, ticket);
  if (entries.length > 0) return null;
  if (open.filter(({ phase }) => phase === 'asking').length >= world.gates) return null;
  const left = open.find(({ phase }) => phase === 'cut');
  if (left === undefined && scans >= world.most.scans) return null;
  const id = left?.id ?? idOf(terminal, ticket, scans + 1);
  const next = withSeen(world, terminal, ticket, {
    scans: scans + (left === undefined ? 1 : 0),
    open: [...open.filter((each) => each !== left), { id, phase: 'asking', continued: left !== undefined }],
  });
  const account = accountOf(world, terminal);
  const isUnderWay = world.claims.some((claim) => claim.id === id && claim.account === account);
  return isUnderWay ? next : { ...next, claims: [...world.claims, { terminal, ticket, id, account }] };
}

/** The claim arrives at the platform, which knows what the national one knows. */
export function answer(world: World, rule: Rule, asked: Asked): World {
  const { next, reply } = claimed(world, rule, asked, world.national[asked.ticket] ?? []);
  return {
    ...next,
    claims: world.claims.filter((claim) => claim !== asked),
    replies: [...world.replies.filter(({ id }) => id !== reply.id), reply],
  };
}

function claimed(world: World, rule: Rule, asked: Asked, national: readonly RecordId[]) {
  const { ticket, id, account } = asked;
  const above = national.filter((known) => known !== id);
  const [first] = above;
  const before = world.platform[ticket] ?? NOTHING_KNOWN;
  const entry = first && { recordId: first, checkTime: checkTimeOf(first), gate: '' };
  const { state, answer: outcome } = rule(before, {
    ...{ kind: 'claim', recordId: id, checkTime: checkTimeOf(id), gate: '', account, claimedAt: START_TIME },
    objection: entry === undefined ? null : { kind: 'entered', entry },
  });
  const reply: Replied = { ...asked, outcome, restored: world.done.restores > 0 };
  return { next: withTicket(world, ticket, state), reply };
}

/** The reply arrives at its scan, or too late. */
export function hear(world: World, reply: Replied): World {
  const { terminal, ticket, id } = reply;
  const next = {
    ...world,
    replies: world.replies.filter((each) => each !== reply),
    fresh: world.fresh.map((fresh, t) => fresh && t !== terminal),
  };
  const isAwaited = seenAt(world, terminal, ticket).open.some((each) => each.id === id && each.phase === 'asking');
  return isAwaited ? (decide(next, terminal, ticket, id, reply) ?? next) : next;
}

function answerIn(reply: Replied | null): UpstreamAnswer {
  if (reply === null) return { kind: 'silent' };
  const { outcome, restored } = reply;
  const refused = outcome.kind === 'released' || outcome.kind === 'bare' ? 'none' : 'taken';
  const claim = outcome.kind === 'claimed' ? 'claimed' : refused;
  return {
    kind: 'answered',
    ticket: null,
    claim,
    entry: outcome.kind === 'entered' ? outcome.entry : null,
    excludesOthers: !('entryPossible' in outcome && outcome.entryPossible === true),
    ...(restored && { restoredAt: START_TIME }),
  };
}

/** The verdict of a terminal's own rules. A store that took over does not know whom the former one admitted. */
function judge(world: World, terminal: number, id: RecordId, heard: UpstreamAnswer, undone: readonly RecordId[]) {
  const policy = POLICIES[terminal] ?? POLICIES[0];
  const careful = world.fresh[terminal] === true ? ({ ...policy, offline: 'refuse' } as const) : policy;
  return judgeEntry(id, null, heard, careful, new Set(undone)).verdict;
}

/** The terminal decides one of its scans as its own rules say, where another gate may have been quicker; null: no reply within the budget. */
export function decide(world: World, terminal: number, ticket: number, id: RecordId, reply: Replied | null) {
  const { open, entries, releases, undone, undosWaiting } = seenAt(world, terminal, ticket);
  const current = open.find((each) => each.id === id);
  if (current === undefined) return null;
  const others = open.filter((each) => each !== current);
  const told = answerIn(reply);
  // The terminal tells the platform first; here the line fails just then. Where it does not, the guest scans again.
  const isHeldByUndone =
    told.kind === 'answered' && told.claim === 'taken' && undone.some((each) => each === told.entry?.recordId);
  const isRefused =
    isHeldByUndone && !undosWaiting.includes(told.entry?.recordId as RecordId) && isMoved(world, terminal);
  const heard: UpstreamAnswer = isHeldByUndone && !isRefused ? { kind: 'silent' } : told;
  if (judge(world, terminal, id, heard, undone) === 'ADMIT' && entries.length === 0) {
    const entry = { id, confirmed: isConfirmed(id, heard, START_TIME) };
    return withSeen(world, terminal, ticket, { open: others, entries: [...entries, entry], unsent: true });
  }
  const mayBeClaimed = current.continued || heard.kind === 'silent' || heard.claim === 'claimed';
  return withSeen(world, terminal, ticket, {
    open: others,
    releases: mayBeClaimed ? [...releases, { id, uncertain: false }] : releases,
  });
}

/** A supervisor says that the guest did not go in: the ticket may be used again at this terminal. */
function undo(world: World, terminal: number, ticket: number): World | null {
  const { entries, undone, undosWaiting } = seenAt(world, terminal, ticket);
  const [first, ...others] = entries;
  if (first === undefined) return null;
  const waiting = { undone: [...undone, first.id], undosWaiting: [...undosWaiting, first.id] };
  return withSeen(counted(world, 'undos'), terminal, ticket, { entries: others, ...waiting });
}

const LINES = ['up', 'up, the national platform away', 'too slow', 'down'] as const;
type Line = (typeof LINES)[number];

/** A guest who stepped out comes back, and the terminal claims for their entry, which another one replaces; on a slow line that claim arrives later. */
function comeBack(world: World, rule: Rule, terminal: number, ticket: number, line: Line): World | null {
  const { scans, entries, undone, undosWaiting } = seenAt(world, terminal, ticket);
  const [first] = entries;
  if (first === undefined) return null;
  const id = idOf(terminal, ticket, scans + 1);
  const asked = { terminal, ticket, id: first.id, account: accountOf(world, terminal) };
  const above = line === 'up' ? (world.national[ticket] ?? []) : [];
  const isSilent = line === 'down' || line === 'too slow';
  const { next, reply } = isSilent ? { next: world, reply: null } : claimed(world, rule, asked, above);
  const answer = answerIn(reply);
  if (judge(world, terminal, id, answer, [...undone, first.id]) !== 'ADMIT') return null;
  const back = withSeen(next, terminal, ticket, {
    scans: scans + 1,
    entries: [{ id, confirmed: first.confirmed && isConfirmed(first.id, answer, START_TIME) }],
    unsent: true,
    undone: [...undone, first.id],
    undosWaiting: [...undosWaiting, first.id],
  });
  const claims = line === 'too slow' ? [...world.claims, asked] : world.claims;
  return counted({ ...back, claims }, 'returns');
}

/** The platform learns of it, before or after the record has arrived. */
export function reportUndo(world: World, rule: Rule, terminal: number, ticket: number): World | null {
  const [recordId, ...rest] = seenAt(world, terminal, ticket).undosWaiting;
  if (recordId === undefined) return null;
  const record = { recordId, checkTime: checkTimeOf(recordId), account: accountOf(world, terminal) };
  const { state } = rule(world.platform[ticket] ?? NOTHING_KNOWN, { kind: 'undo', record, undoneAt: START_TIME });
  return withSeen(withTicket(world, ticket, state), terminal, ticket, { undosWaiting: rest });
}

/** A supervisor of the platform undoes what a terminal undid under another account than that of the record. */
export function superviseUndo(world: World, rule: Rule, ticket: number): World {
  const undone = TERMINALS.flatMap((terminal) => seenAt(world, terminal, ticket).undone);
  const state = world.platform[ticket] ?? NOTHING_KNOWN;
  const standing = state.records.filter(({ recordId }) => undone.includes(recordId));
  const undo = (known: TicketState, record: (typeof standing)[number]) =>
    rule(known, { kind: 'undo', record, undoneAt: START_TIME }).state;
  return withTicket(world, ticket, standing.reduce(undo, state));
}

const isMoved = (world: World, terminal: number): boolean => (world.accounts[terminal] ?? 0) > 0;

function crash(world: World, terminal: number): World | null {
  const isAsking = (ticket: number) => seenAt(world, terminal, ticket).open.some(({ phase }) => phase === 'asking');
  if (!TICKETS.some(isAsking)) return null;
  return cutOff({ ...world, crashes: oneMore(world.crashes, terminal) }, terminal);
}

/** The service is restarted: what was asked for is not waited for any more. */
function cutOff(world: World, terminal: number): World {
  return TICKETS.reduce<World>((next, ticket) => {
    const open = seenAt(next, terminal, ticket).open.map((each) => ({ ...each, phase: 'cut' as const }));
    return withSeen(next, terminal, ticket, { open });
  }, world);
}

const oneMore = (counts: readonly number[], place: number) => counts.map((n, at) => (at === place ? n + 1 : n));

/** The same store goes on under another account. */
function move(world: World, terminal: number): World {
  return cutOff({ ...world, accounts: oneMore(world.accounts, terminal) }, terminal);
}

/**
 * The terminal's store is damaged, and another one takes over: it knows no entries, sends the records that can be read, and releases the
 * claims of scans that were not decided; of a decision that was not sent yet the damaged file may hold no more than the intent.
 */
function salvage(world: World, terminal: number, decisionsRead: boolean): World | null {
  const isUnsent = TICKETS.some((ticket) => seenAt(world, terminal, ticket).unsent);
  if (!decisionsRead && !isUnsent) return null;
  if (world.seen[terminal]?.every((seen) => seen === UNSEEN)) return null;
  const fresh = world.fresh.map((each, t) => each || t === terminal);
  return TICKETS.reduce<World>(
    (next, ticket) => {
      const { open, entries, former, releases, unsent } = seenAt(next, terminal, ticket);
      const record = decisionsRead || !unsent;
      const undecided = [...open, ...(record ? [] : entries)];
      const left = undecided.map(({ id }) => ({ id, uncertain: true }));
      const all = [...former, ...entries.map((entry) => ({ ...entry, record }))];
      return withSeen(next, terminal, ticket, {
        open: [],
        entries: [],
        former: all,
        unsent: all.some((each) => each.record),
        releases: [...releases, ...left],
      });
    },
    counted({ ...world, fresh }, 'salvages'),
  );
}

const releaseOf = ({ id: recordId, uncertain }: Release, account: string | null): ReleaseEvent => ({
  ...{ kind: 'release', recordId, account, uncertain, releasedAt: START_TIME, withoutClaim: 'keep' },
});

/** A supervisor releases the claim of any terminal on a ticket that has no record. */
export function superviseRelease(world: World, rule: Rule, ticket: number): World | null {
  const state = world.platform[ticket] ?? NOTHING_KNOWN;
  if (state.holder === null || state.holder.recorded) return null;
  const event = releaseOf({ id: state.holder.recordId, uncertain: true }, null);
  return withTicket(counted(world, 'supervisorReleases'), ticket, rule(state, event).state);
}

/** Whether supervisors may have to give claims back and to undo: a terminal under another account cannot take back what it did before. */
export const isSupervised = (world: World): boolean => world.accounts.some((count) => count > 0);

/** The check records that a terminal has of a ticket and that stand, its former store's included. */
export function recordsAt(world: World, terminal: number, ticket: number): RecordId[] {
  const { entries, former } = seenAt(world, terminal, ticket);
  const ids = entries.map(({ id }) => id);
  if (former.length === 0) return ids;
  return [...new Set([...former.filter(({ record }) => record).map(({ id }) => id), ...ids])];
}

export function report(world: World, rule: Rule, terminal: number, ticket: number, acknowledged: boolean) {
  const ids = [...seenAt(world, terminal, ticket).undone, ...recordsAt(world, terminal, ticket)];
  if (ids.length === 0) return null;
  const state = ids.reduce((known, id) => {
    const made = { recordId: id, checkTime: checkTimeOf(id), account: accountOf(world, terminal) };
    return rule(known, { kind: 'report', record: { ...made, receivedAt: START_TIME } }).state;
  }, world.platform[ticket] ?? NOTHING_KNOWN);
  const reported = withTicket(world, ticket, state);
  if (acknowledged) return withSeen(reported, terminal, ticket, { unsent: false });
  return counted(reported, 'lostAcknowledgements');
}

export function release(world: World, rule: Rule, terminal: number, ticket: number): World | null {
  const [first, ...rest] = seenAt(world, terminal, ticket).releases;
  if (first === undefined) return null;
  const event = releaseOf(first, accountOf(world, terminal));
  const { state } = rule(world.platform[ticket] ?? NOTHING_KNOWN, event);
  const { answered } = seenAt(world, terminal, ticket);
  return withSeen(withTicket(world, ticket, state), terminal, ticket, {
    releases: rest,
    answered: [...answered, first],
  });
}

function forward(world: World, ticket: number): World | null {
  const known = world.national[ticket] ?? [];
  const next = world.platform[ticket]?.records.find(({ recordId }) => !known.includes(recordId));
  if (next === undefined) return null;
  const national = world.national.map((ids, index) => (index === ticket ? [...ids, next.recordId] : ids));
  return { ...world, national };
}

/** The national platform hears that an entry was undone. */
function forwardUndo(world: World, ticket: number): World | null {
  const undone = world.platform[ticket]?.undone ?? [];
  const known = world.national[ticket] ?? [];
  const left = known.filter((id) => !undone.some(({ recordId }) => recordId === id));
  const waits = world.platform[ticket]?.records.some(({ recordId }) => !known.includes(recordId));
  if (left.length === known.length || (waits && !world.most.overtaking)) return null;
  return { ...world, national: world.national.map((ids, index) => (index === ticket ? left : ids)) };
}

/** The platform begins another generation, and every terminal sends its records and its releases again. */
function restore(world: World): World {
  const platform = world.backup ?? world.platform.map(() => NOTHING_KNOWN);
  const seen = world.seen.map((tickets) =>
    tickets.map((each) => ({
      ...each,
      unsent: each.entries.length > 0 || each.undone.length > 0 || each.former.some(({ record }) => record),
      undosWaiting: each.undone,
      releases: [...each.answered, ...each.releases],
      answered: [],
    })),
  );
  return counted({ ...world, platform, seen }, 'restores');
}
