import { describe, expect, it } from 'vitest';
import type { TerminalState } from '../messages/terminal-state.ts';
import { adviceOn, type HeardState, worstOf } from './advice.ts';
import { adviceWords } from './words.ts';

const device = { name: 'gate-1', driver: 'lcus', enabled: true, error: null, outOfOrderSeconds: null };
const STATE: TerminalState = {
  version: '0.1.0',
  uptimeSeconds: 100,
  gates: [device],
  scanners: [],
  unadmitted: [],
  waiting: 0,
  parked: 0,
  oldestUnsentSeconds: null,
  keysAgeSeconds: 1700,
  clockOffsetMs: null,
  clockTrusted: true,
  storesSetAside: 0,
  line: 'up',
  ending: false,
};
const HEARD: HeardState = {
  state: STATE,
  heardSecondsAgo: 40,
  isHeardToday: true,
  hasOtherStore: false,
  hasUpstream: true,
};

const codesOf = (changes: Partial<TerminalState>, heard: Partial<HeardState> = {}) =>
  adviceOn({ ...HEARD, state: { ...STATE, ...changes }, ...heard }).map(({ code }) => code);

describe('advice on a terminal', () => {
  it('is none where all is well, and where what there is to do is being done', () => {
    expect(codesOf({})).toEqual([]);
    expect(codesOf({ waiting: 9, oldestUnsentSeconds: 30, clockOffsetMs: -2000 })).toEqual([]);
    // Refused records are not late: they have an advice of their own.
    expect(codesOf({ parked: 1, oldestUnsentSeconds: 90_000 })).toEqual(['records-refused']);
  });

  it.each<[string, Partial<TerminalState>, string]>([
    ['gate-error', { gates: [device, { ...device, name: 'gate-2', error: 'no such port' }] }, 'gate-2: no such port'],
    ['scanner-error', { scanners: [{ ...device, error: 'it has ended' }] }, 'gate-1: it has ended'],
    [
      'passed-unadmitted',
      { unadmitted: ['gate-1', 'gate-2'].map((gate) => ({ gate, count: 2, lastSeconds: 9 })) },
      'gate-1: 2; gate-2: 2',
    ],
    ['no-keys', { keysAgeSeconds: null }, ''],
    ['keys-old', { keysAgeSeconds: 3 * 3600 }, '3'],
    ['clock-wrong', { clockTrusted: false, clockOffsetMs: 400_000 }, ''],
    ['clock-off', { clockOffsetMs: -45_000 }, '45'],
    ['line-down', { line: 'down' }, ''],
    ['records-late', { waiting: 12, oldestUnsentSeconds: 601 }, '12'],
    ['records-refused', { parked: 2 }, '2'],
    ['store-set-aside', { storesSetAside: 1 }, '1'],
  ])('names %s', (code, changes, about) => {
    expect(adviceOn({ ...HEARD, state: { ...STATE, ...changes } })).toMatchObject([{ code, about }]);
  });

  it('says of a silent terminal that it is silent, and what is only on it; nothing that may have changed since', () => {
    const unadmitted = [{ gate: 'gate-1', count: 1, lastSeconds: 9 }];
    const broken = { waiting: 4, unadmitted, line: 'down', keysAgeSeconds: null, storesSetAside: 1 } as const;
    expect(codesOf(broken, { heardSecondsAgo: 700 })).toEqual([
      'unheard',
      'records-late',
      'passed-unadmitted',
      'store-set-aside',
    ]);
    expect(codesOf({ line: 'down' }, { heardSecondsAgo: 50_000, isHeardToday: false })).toEqual(['off-today']);
    expect(codesOf({ ending: true, line: 'down' })).toEqual(['stopped']);
    expect(codesOf({ ending: true, unadmitted })).toEqual(['passed-unadmitted', 'stopped']);
    expect(codesOf({ ending: true, waiting: 4 }, { heardSecondsAgo: 9000 })).toEqual(['records-late', 'stopped']);
    expect(codesOf({}, { state: null, heardSecondsAgo: null })).toEqual(['no-state']);
    expect(codesOf({}, { hasOtherStore: true })).toEqual(['several-stores']);
    expect(codesOf({ line: 'down' }, { hasUpstream: false })).toEqual(['no-upstream']);
  });

  it('puts the worst first, and terminals by their worst', () => {
    const found = adviceOn({ ...HEARD, state: { ...STATE, parked: 1, clockTrusted: false, line: 'down' } });
    expect(found.map(({ code }) => code)).toEqual(['clock-wrong', 'line-down', 'records-refused']);
    expect(worstOf(found)).toEqual({ severity: 'error', rank: 0 });
    expect(worstOf([])).toEqual({ severity: 'well', rank: 3 });
  });

  it('tells a gate that fails from one that stays out of order until staff clear it', () => {
    const out = {
      ...device,
      name: 'gate-2',
      error: 'it did not open: the board does not answer',
      outOfOrderSeconds: 60,
    };
    const found = adviceOn({
      ...HEARD,
      state: { ...STATE, gates: [device, out, { ...device, error: 'no such port' }] },
    });
    expect(found.map(({ code, about }) => [code, about])).toEqual([
      ['gate-error', 'gate-1: no such port'],
      ['gate-out-of-order', 'gate-2: it did not open: the board does not answer'],
    ]);
    expect(adviceWords(found[1]!, 'zh')).toEqual({
      wrong: '闸机停用（gate-2: 未能打开，继电器板没有应答）',
      todo: expect.stringContaining('解除停用'),
    });
    expect(adviceWords(found[1]!, 'en').todo).toContain('gate clear');
  });

  it('says in both languages what is wrong and what to do', () => {
    const gate = { code: 'gate-error', about: 'gate-2: no such port' } as const;
    expect(adviceWords(gate, 'zh').wrong).toBe('闸机故障（gate-2: no such port）');
    expect(adviceWords(gate, 'en').wrong).toBe('A gate has failed (gate-2: no such port)');
    const passed = { code: 'passed-unadmitted', about: 'gate-1: 2; gate-2: 1' } as const;
    expect(adviceWords(passed, 'zh').wrong).toBe('有人未经放行通过（gate-1：2 人；gate-2：1 人）');
    const both = {
      code: 'gate-error',
      about: 'gate-1: the board does not answer; gate-2: the port is not open',
    } as const;
    expect(adviceWords(both, 'zh').wrong).toBe('闸机故障（gate-1: 继电器板没有应答；gate-2: 串口未打开）');
    const stuck = { code: 'gate-error', about: 'gate-2: it did not open: no such port' } as const;
    expect(adviceWords(stuck, 'zh').wrong).toBe('闸机故障（gate-2: 未能打开，no such port）');
    expect(adviceWords({ code: 'records-late', about: '12' }, 'zh').todo).toContain('不要关闭');
  });
});
