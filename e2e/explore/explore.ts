import * as model from './model.ts';
import { BEGINNING, type Rule, recordsAt, seenAt, stepsFrom, TERMINALS, TICKETS, type World } from './model.ts';

/** The steps of the shortest path that breaks the promise, and what it breaks; null where none does. */
type Broken = { readonly promise: string; readonly path: readonly string[] } | null;

type Node = { readonly world: World; readonly before: Node | null; readonly step: string };

/** Visits every state that is reached in at most `depth` steps, breadth first, so that a broken promise has a shortest path. */
export function explore(rule: Rule, depth: number, tickets: readonly number[] = TICKETS, beginning = BEGINNING) {
  const startedAt = performance.now();
  const ended = (broken: Broken) => ({
    ...{ states: visited.size, seconds: (performance.now() - startedAt) / 1000, broken },
  });
  const keyOf = createKeys();
  const visited = new Set([keyOf(beginning)]);
  let frontier: Node[] = [{ world: beginning, before: null, step: '' }];
  for (let steps = 0; steps < depth; steps += 1) {
    const reached: Node[] = [];
    for (const node of frontier) {
      for (const { name, next } of stepsFrom(node.world, rule, tickets)) {
        const key = keyOf(next);
        if (visited.has(key)) continue;
        visited.add(key);
        const found = { world: next, before: node, step: name };
        const promise = brokenIn(next) ?? brokenOnceSettled(next, rule);
        if (promise !== null) return ended({ promise, path: pathTo(found) });
        reached.push(found);
      }
    }
    frontier = reached;
  }
  return ended(null);
}

/** A key for each state. Most of what is known of a ticket is the same as in the state before, and is written down once. */
function createKeys(): (world: World) => string {
  const known = new WeakMap<object, number>();
  const numbers = new Map<string, number>();
  function numberOf(part: object): number {
    const before = known.get(part);
    if (before !== undefined) return before;
    const text = JSON.stringify(part);
    const number = numbers.get(text) ?? numbers.size;
    numbers.set(text, number);
    known.set(part, number);
    return number;
  }
  return ({ gates: _, most: __, seen, platform, backup, replies, ...others }) =>
    JSON.stringify([
      seen.map((tickets) => tickets.map(numberOf)),
      platform.map(numberOf),
      backup?.map(numberOf),
      replies.map(numberOf),
      Object.values(others),
    ]);
}

const pathTo = ({ before, step }: Node): string[] => (before === null ? [] : [...pathTo(before), step]);

/** Everybody whom any store admitted, even if a damaged one lost it. */
const entriesOf = (world: World, ticket: number) =>
  TERMINALS.flatMap((terminal) => {
    const { entries, former } = seenAt(world, terminal, ticket);
    return [...former, ...entries];
  });
const recordsOf = (world: World, ticket: number) => TERMINALS.flatMap((terminal) => recordsAt(world, terminal, ticket));

/** What holds at every moment. */
function brokenIn(world: World): string | null {
  for (const ticket of TICKETS) {
    if (entriesOf(world, ticket).filter(({ confirmed }) => confirmed).length > 1) return 'two confirmed admissions';
    for (const terminal of TERMINALS) {
      const { entries, unsent } = seenAt(world, terminal, ticket);
      if (entries.length > 1) return 'two entries at one terminal';
      const here = world.platform[ticket]?.records.map(({ recordId }) => recordId) ?? [];
      if (!unsent && !recordsAt(world, terminal, ticket).every((id) => here.includes(id))) return 'a record is lost';
    }
  }
  return null;
}

/** What holds once everything on its way has arrived. */
function brokenOnceSettled(world: World, rule: Rule): string | null {
  const settled = settle(world, rule);
  const promise = brokenIn(settled);
  if (promise !== null) return promise;
  for (const ticket of TICKETS) {
    const entries = entriesOf(settled, ticket);
    const here = settled.platform[ticket]?.records.map(({ recordId }) => recordId) ?? [];
    if (!recordsOf(settled, ticket).every((id) => here.includes(id))) return 'a double is not flagged';
    if (entries.length > 0) continue;
    for (const terminal of TERMINALS) {
      if (seenAt(settled, terminal, ticket).scans >= settled.most.scans) continue;
      const asked = model.scan(settled, terminal, ticket);
      if (asked !== null && entriesOf(settle(asked, rule), ticket).length === 0) return 'a guest is locked out';
    }
  }
  return null;
}

function settle(from: World, rule: Rule): World {
  let world = from;
  const places = TERMINALS.flatMap((terminal) => TICKETS.map((ticket) => [terminal, ticket] as const));
  for (const [terminal, ticket] of places) {
    for (const { phase } of seenAt(world, terminal, ticket).open) {
      if (phase === 'cut') world = model.scan(world, terminal, ticket) ?? world;
    }
  }
  for (const asked of world.claims) world = model.answer(world, rule, asked);
  for (const reply of world.replies) world = model.hear(world, reply);
  for (const [terminal, ticket] of places) {
    const seen = () => seenAt(world, terminal, ticket);
    for (const { id } of seen().open) world = model.decide(world, terminal, ticket, id, null) ?? world;
    if (seen().unsent) world = model.report(world, rule, terminal, ticket, true) ?? world;
    while (seen().undosWaiting.length > 0) world = model.reportUndo(world, rule, terminal, ticket) ?? world;
    while (seen().releases.length > 0) world = model.release(world, rule, terminal, ticket) ?? world;
  }
  if (model.isSupervised(world)) {
    for (const ticket of TICKETS) {
      const released = model.superviseRelease(world, rule, ticket) ?? world;
      world = model.superviseUndo(released, rule, ticket);
    }
  }
  return world;
}
