import { addSeconds, parseRecordId, parseWallClock, type RecordId } from '@ticket-check/protocol';
import { isConfirmed, judgeEntry, type UpstreamAnswer } from '../../apps/terminal-agent/src/scan/rules.ts';
import {
  type ClaimOutcome,
  type Entry,
  NOTHING_KNOWN,
  type ReleaseEvent,
  type TicketState,
  type transition,
} from '../../apps/third-party-platform/src/claims/transition.ts';

/** The rule of the platform, or one with a fault. */
export type Rule = typeof transition;

const START_TIME = parseWallClock('2026-11-24T20:00:00');
export const TERMINALS = [0, 1] as const;
export const TICKETS = [0, 1] as const;
/** How often anything of its kind may happen on one path. */
const MOST = { scans: 2, crashes: 1, restores: 1, lostAcknowledgements: 1 };

/** `asking`: its claim is under way. `cut`: a crash left its intent, which is continued. */
type Scan = { readonly id: RecordId; readonly phase: 'asking' | 'cut'; readonly continued: boolean };
type Admission = { readonly id: RecordId; readonly confirmed: boolean };
/** One ticket at one terminal. */
type Seen = {
  readonly scans: number;
  /** Undecided ones: several gates may be at it at once. */
  readonly open: readonly Scan[];
  readonly entries: readonly Admission[];
  readonly unsent: boolean;
  readonly releases: readonly RecordId[];
  /** Kept for the case that the platform is restored. */
  readonly answered: readonly RecordId[];
};
type Asked = { readonly terminal: number; readonly ticket: number; readonly id: RecordId };
type Replied = Asked & { readonly outcome: ClaimOutcome; readonly restored: boolean };

export type World = {
  /** How many gates each has, and what it does right: a test takes one away to see that it is missed. */
  readonly terminals: { readonly gates: number; readonly keepsReleases: boolean; readonly entersOnce: boolean };
  readonly seen: readonly (readonly Seen[])[];
  readonly crashes: readonly number[];
  readonly claims: readonly Asked[];
  readonly replies: readonly Replied[];
  readonly platform: readonly TicketState[];
  readonly backup: readonly TicketState[] | null;
  readonly restores: number;
  readonly lostAcknowledgements: number;
  /** What the national platform knows of each ticket. */
  readonly national: readonly (readonly RecordId[])[];
};

const UNSEEN: Seen = { scans: 0, open: [], entries: [], unsent: false, releases: [], answered: [] };

export const BEGINNING: World = {
  terminals: { gates: 1, keepsReleases: true, entersOnce: true },
  seen: TERMINALS.map(() => TICKETS.map(() => UNSEEN)),
  crashes: TERMINALS.map(() => 0),
  claims: [],
  replies: [],
  platform: TICKETS.map(() => NOTHING_KNOWN),
  backup: null,
  restores: 0,
  lostAcknowledgements: 0,
  national: TICKETS.map(() => []),
};

const POLICIES = [
  { offline: 'admit', unknownTicket: 'admit' },
  { offline: 'refuse', unknownTicket: 'admit' },
] as const;

/** Something that may happen next, by name. */
export type Step = { readonly name: string; readonly next: World };

export function stepsFrom(world: World, rule: Rule, tickets: readonly number[]): Step[] {
  const steps: Step[] = [];
  const add = (name: string, next: World | null) => next !== null && steps.push({ name, next });
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
        if (world.lostAcknowledgements < MOST.lostAcknowledgements && world.platform[ticket]?.records.length === 0) {
          add(`report ${at}, acknowledgement lost`, report(world, rule, terminal, ticket, false));
        }
      }
      if (seen.releases.length > 0) add(`release ${at}`, release(world, rule, terminal, ticket));
    }
    if ((world.crashes[terminal] ?? 0) < MOST.crashes) add(`crash of ${terminal}`, crash(world, terminal));
  }
  for (const asked of world.claims) add(`claim ${asked.id} arrives`, answer(world, rule, asked));
  for (const reply of world.replies) add(`reply ${reply.id} arrives`, hear(world, reply));
  for (const ticket of tickets) add(`forward ${ticket}`, forward(world, ticket));
  if (world.backup === null) add('backup', { ...world, backup: world.platform });
  else if (world.restores < MOST.restores) add('restore', restore(world, rule));
  return steps;
}

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
const checkTimeOf = (id: RecordId) => addSeconds(START_TIME, Number(id.at(-5)));
const accountOf = (terminal: number) => `terminal-${terminal}`;

/** A guest holds the ticket out, at a gate that is free. An intent that a crash left is continued. */
export function scan(world: World, terminal: number, ticket: number): World | null {
  const { scans, open, entries } = seenAt(world, terminal, ticket);
  if (entries.length > 0) return null;
  if (open.filter(({ phase }) => phase === 'asking').length >= world.terminals.gates) return null;
  const left = open.find(({ phase }) => phase === 'cut');
  if (left === undefined && scans >= MOST.scans) return null;
  const begun: Scan =
    left === undefined
      ? { id: idOf(terminal, ticket, scans + 1), phase: 'asking', continued: false }
      : { ...left, phase: 'asking', continued: true };
  const { id } = begun;
  const next = withSeen(world, terminal, ticket, {
    scans: scans + (left === undefined ? 1 : 0),
    open: [...open.filter((each) => each !== left), begun],
  });
  const isUnderWay = world.claims.some((claim) => claim.id === id);
  return isUnderWay ? next : { ...next, claims: [...world.claims, { terminal, ticket, id }] };
}

/** The claim arrives at the platform, which knows what the national one knows. */
export function answer(world: World, rule: Rule, asked: Asked): World {
  const { terminal, ticket, id } = asked;
  const above = (world.national[ticket] ?? []).filter((known) => known !== id);
  const [first] = above;
  const { state, answer: outcome } = rule(world.platform[ticket] ?? NOTHING_KNOWN, {
    kind: 'claim',
    ...{ recordId: id, checkTime: checkTimeOf(id), gate: '', source: accountOf(terminal), claimedAt: START_TIME },
    objection:
      first === undefined
        ? null
        : { kind: 'entered', entry: { recordId: first, checkTime: checkTimeOf(first), gate: '' } },
  });
  const answered = withTicket(world, ticket, state);
  return {
    ...answered,
    claims: world.claims.filter((claim) => claim !== asked),
    replies: [...world.replies.filter((reply) => reply.id !== id), { ...asked, outcome, restored: world.restores > 0 }],
  };
}

/** The reply arrives at its scan, or too late. */
export function hear(world: World, reply: Replied): World {
  const next = { ...world, replies: world.replies.filter((each) => each !== reply) };
  const { terminal, ticket, id } = reply;
  const isAwaited = seenAt(world, terminal, ticket).open.some((each) => each.id === id && each.phase === 'asking');
  return isAwaited ? (decide(next, terminal, ticket, id, reply) ?? next) : next;
}

function answerIn(reply: Replied | null): UpstreamAnswer {
  if (reply === null) return { kind: 'silent' };
  const { outcome, restored } = reply;
  const claim = outcome.kind === 'claimed' ? 'claimed' : outcome.kind === 'released' ? 'none' : 'taken';
  return {
    ...{ kind: 'answered', ticket: null, claim },
    entry: outcome.kind === 'entered' ? outcome.entry : null,
    excludesOthers: outcome.kind !== 'claimed' || !outcome.entryPossible,
    ...(restored && { restoredAt: START_TIME }),
  };
}

/**
 * The terminal decides one of its scans as its own rules say, where another gate may have been quicker; a reply that is
 * null: nothing was heard within the budget.
 */
export function decide(
  world: World,
  terminal: number,
  ticket: number,
  id: RecordId,
  reply: Replied | null,
): World | null {
  const { open, entries, releases } = seenAt(world, terminal, ticket);
  const current = open.find((each) => each.id === id);
  if (current === undefined) return null;
  const others = open.filter((each) => each !== current);
  const heard = answerIn(reply);
  const { verdict } = judgeEntry(id, null, heard, POLICIES[terminal] ?? POLICIES[0]);
  const mayEnter = entries.length === 0 || !world.terminals.entersOnce;
  if (verdict === 'ADMIT' && mayEnter) {
    const entry = { id, confirmed: isConfirmed(id, heard, START_TIME) };
    return withSeen(world, terminal, ticket, { open: others, entries: [...entries, entry], unsent: true });
  }
  const mayBeClaimed = current.continued || heard.kind === 'silent' || heard.claim === 'claimed';
  return withSeen(world, terminal, ticket, {
    open: others,
    releases: mayBeClaimed ? [...releases, id] : releases,
  });
}

function crash(world: World, terminal: number): World | null {
  const isAsking = (ticket: number) => seenAt(world, terminal, ticket).open.some(({ phase }) => phase === 'asking');
  if (!TICKETS.some(isAsking)) return null;
  const crashed = { ...world, crashes: world.crashes.map((count, t) => (t === terminal ? count + 1 : count)) };
  return TICKETS.reduce<World>((next, ticket) => {
    const open = seenAt(next, terminal, ticket).open.map((each) => ({ ...each, phase: 'cut' as const }));
    return withSeen(next, terminal, ticket, { open });
  }, crashed);
}

export function report(
  world: World,
  rule: Rule,
  terminal: number,
  ticket: number,
  acknowledged: boolean,
): World | null {
  const [entry] = seenAt(world, terminal, ticket).entries;
  if (entry === undefined) return null;
  const { id } = entry;
  const record: Entry = {
    recordId: id,
    checkTime: checkTimeOf(id),
    source: accountOf(terminal),
    receivedAt: START_TIME,
  };
  const { state } = rule(world.platform[ticket] ?? NOTHING_KNOWN, { kind: 'report', record });
  const reported = withTicket(world, ticket, state);
  if (acknowledged) return withSeen(reported, terminal, ticket, { unsent: false });
  return { ...reported, lostAcknowledgements: world.lostAcknowledgements + 1 };
}

export function release(world: World, rule: Rule, terminal: number, ticket: number): World | null {
  const [recordId, ...rest] = seenAt(world, terminal, ticket).releases;
  if (recordId === undefined) return null;
  const event: ReleaseEvent = {
    ...{ kind: 'release', recordId, account: accountOf(terminal), uncertain: false, releasedAt: START_TIME },
    withoutClaim: 'keep',
  };
  const { state } = rule(world.platform[ticket] ?? NOTHING_KNOWN, event);
  const { answered } = seenAt(world, terminal, ticket);
  return withSeen(withTicket(world, ticket, state), terminal, ticket, {
    releases: rest,
    answered: world.terminals.keepsReleases ? [...answered, recordId] : answered,
  });
}

function forward(world: World, ticket: number): World | null {
  const known = world.national[ticket] ?? [];
  const next = world.platform[ticket]?.records.find(({ recordId }) => !known.includes(recordId));
  if (next === undefined) return null;
  const national = world.national.map((ids, index) => (index === ticket ? [...ids, next.recordId] : ids));
  return { ...world, national };
}

/** The platform begins another life, and every terminal sends its records and its releases again. */
function restore(world: World, rule: Rule): World {
  const platform = world.platform.map(
    (state, ticket) => rule(state, { kind: 'restore', backup: world.backup?.[ticket] ?? NOTHING_KNOWN }).state,
  );
  const seen = world.seen.map((tickets) =>
    tickets.map((each) => ({
      ...each,
      unsent: each.entries.length > 0,
      releases: [...each.answered, ...each.releases],
      answered: [],
    })),
  );
  return { ...world, platform, seen, restores: world.restores + 1 };
}
