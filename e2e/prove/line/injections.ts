import { FAULTS, type Fault } from '../../testing/fault-proxy.ts';
import { HOPS, type Hop } from '../lines.ts';

export interface Injection {
  fault: Fault;
  hop: Hop;
}

/** How often the other hop has a fault at the same time. */
const BOTH = 0.4;

/**
 * Plans faults in random order, every kind on every hop before any repeats. The faults of one entry begin at the same time,
 * each on a hop of its own.
 */
export function planInjections(count: number, chance: () => number): Injection[][] {
  const every = HOPS.flatMap((hop) => FAULTS.map((fault): Injection => ({ fault, hop })));
  const inOrder: Injection[] = [];
  while (inOrder.length < count) inOrder.push(...shuffled(every, chance));
  const planned: Injection[][] = [];
  for (const injection of inOrder.slice(0, count)) {
    const last = planned.at(-1);
    if (last?.length === 1 && last[0]!.hop !== injection.hop && chance() < BOTH) last.push(injection);
    else planned.push([injection]);
  }
  return planned;
}

const shuffled = <T>(all: readonly T[], chance: () => number): T[] =>
  all
    .map((one) => ({ one, place: chance() }))
    .sort((a, b) => a.place - b.place)
    .map(({ one }) => one);
