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
/** One ticket at one terminal. */
type Seen = {
  readonly scans: number;
  readonly scan: Scan | null;
  readonly entry: { readonly id: RecordId; readonly confirmed: boolean } | null;
  readonly unsent: boolean;
  readonly releases: readonly RecordId[];
  /** Kept for the case that the platform is restored. */
  readonly answered: readonly RecordId[];
};
type Asked = { readonly terminal: number; readonly ticket: number; readonly id: RecordId };
type Replied = Asked & { readonly outcome: ClaimOutcome; readonly restored: boolean };

export type World = {
  /** What a terminal does right; a test takes one away to see that it is missed. */
  readonly terminals: { readonly keepsReleases: boolean };
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

const UNSEEN: Seen = { scans: 0, scan: null, entry: null, unsent: false, releases: [], answered: [] };

export const BEGINNING: World = {
  terminals: { keepsReleases: true },
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
      if (seen.scan?.phase === 'asking') add(`no answer for ${at}`, decide(world, terminal, ticket, null));
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

/** A guest holds the ticket out. An intent that a crash left is continued. */
export function scan(world: World, terminal: number, ticket: number): World | null {
  const seen = seenAt(world, terminal, ticket);
  if (seen.entry !== null || seen.scan?.phase === 'asking') return null;
  const begun = seen.scan === null ? null : { ...seen.scan, phase: 'asking' as const, continued: true };
  if (begun === null && seen.scans >= MOST.scans) return null;
  const id = begun?.id ?? idOf(terminal, ticket, seen.scans + 1);
  const next = withSeen(world, terminal, ticket, {
    scans: seen.scans + (begun === null ? 1 : 0),
    scan: begun ?? { id, phase: 'asking', continued: false },
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
  const { scan: current } = seenAt(world, reply.terminal, reply.ticket);
  const isAwaited = current?.id === reply.id && current.phase === 'asking';
  return isAwaited ? (decide(next, reply.terminal, reply.ticket, reply) ?? next) : next;
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

/** The terminal decides as its own rules say; null: nothing was heard within the budget. */
export function decide(world: World, terminal: number, ticket: number, reply: Replied | null): World | null {
  const { scan: current, releases } = seenAt(world, terminal, ticket);
  if (current === null) return null;
  const heard = answerIn(reply);
  const { verdict } = judgeEntry(current.id, null, heard, POLICIES[terminal] ?? POLICIES[0]);
  if (verdict === 'ADMIT') {
    const entry = { id: current.id, confirmed: isConfirmed(current.id, heard, START_TIME) };
    return withSeen(world, terminal, ticket, { scan: null, entry, unsent: true });
  }
  const mayBeClaimed = current.continued || heard.kind === 'silent' || heard.claim === 'claimed';
  return withSeen(world, terminal, ticket, {
    scan: null,
    releases: mayBeClaimed ? [...releases, current.id] : releases,
  });
}

function crash(world: World, terminal: number): World | null {
  const asking = TICKETS.filter((ticket) => seenAt(world, terminal, ticket).scan?.phase === 'asking');
  if (asking.length === 0) return null;
  const crashed = { ...world, crashes: world.crashes.map((count, t) => (t === terminal ? count + 1 : count)) };
  return asking.reduce<World>((next, ticket) => {
    const { scan: current } = seenAt(next, terminal, ticket);
    return current === null ? next : withSeen(next, terminal, ticket, { scan: { ...current, phase: 'cut' } });
  }, crashed);
}

export function report(
  world: World,
  rule: Rule,
  terminal: number,
  ticket: number,
  acknowledged: boolean,
): World | null {
  const { entry } = seenAt(world, terminal, ticket);
  if (entry === null) return null;
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
      unsent: each.entry !== null,
      releases: [...each.answered, ...each.releases],
      answered: [],
    })),
  );
  return { ...world, platform, seen, restores: world.restores + 1 };
}
