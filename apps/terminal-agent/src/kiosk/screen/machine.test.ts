import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Conditions, LASTS, next, restOf, type Signal, STATES, type State, TRANSITIONS } from './machine.ts';

const CONDITIONS: Conditions[] = (['here', 'lost'] as const).flatMap((agent) =>
  (['up', 'down', 'none'] as const).flatMap((line) =>
    (['works', 'out of order'] as const).map((gate) => ({ agent, line, gate })),
  ),
);
const SIGNALS = Object.keys(TRANSITIONS.waiting) as Signal[];
const FINE: Conditions = { agent: 'here', line: 'up', gate: 'works' };
const AT_REST: readonly State[] = ['waiting', 'offline', 'not-set-up', 'out-of-order', 'lost'];

describe('the state machine of the kiosk page', () => {
  it('ends in no state but those of rest by itself', () => {
    for (const state of STATES) {
      expect(LASTS[state] === undefined).toBe(AT_REST.includes(state));
      for (const conditions of CONDITIONS) {
        const after = next(state, 'time over', conditions);
        // A check that nobody answers is a case for staff, and that ends too.
        const ended = state === 'checking' ? next(after, 'time over', conditions) : after;
        if (!AT_REST.includes(state)) expect(ended).toBe(restOf(conditions));
      }
    }
  });

  it.each<[Partial<Conditions>, State]>([
    [{}, 'waiting'],
    [{ line: 'down' }, 'offline'],
    [{ line: 'none', gate: 'out of order' }, 'not-set-up'],
    [{ line: 'down', gate: 'out of order' }, 'out-of-order'],
    [{ agent: 'lost', gate: 'out of order' }, 'lost'],
  ])('rests, with %j, as %s', (conditions, state) => {
    expect(restOf({ ...FINE, ...conditions })).toBe(state);
  });

  it.each(['docs/kiosk.md', 'docs/zh/kiosk.md'])('stands in %s as it is', (path) => {
    const text = readFileSync(join(import.meta.dirname, '../../../../..', path), 'utf8');
    const rows = text
      .split('\n')
      .filter((line) => line.startsWith('| `'))
      .map((line) => [...line.matchAll(/`([a-z- ]+)`/g)].map(([, cell]) => cell));
    for (const state of STATES) {
      // States that go on alike share a row.
      const row = rows.find((cells) => cells.slice(0, -SIGNALS.length).includes(state));
      expect(row?.slice(-SIGNALS.length), state).toEqual(SIGNALS.map((signal) => TRANSITIONS[state][signal]));
    }
    expect(text).toContain(`| ${SIGNALS.map((signal) => `\`${signal}\``).join(' | ')} |`);
  });
});
