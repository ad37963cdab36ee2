// @vitest-environment happy-dom
import { showScreen } from '@ticket-check/console/testing';
import { expect, test } from 'vitest';
import FleetScreen from './fleet-screen.tsx';

const DEVICE = { Name: 'gate-1', Driver: 'lcus', Enabled: true, Error: null, ErrorZh: null, OutOfOrderSeconds: null };
const STATE = {
  ...{ Version: '1.0.0', Store: null, StartedAt: '2026-11-25T09:00:00', Line: 'up', Ending: false, Scanners: [] },
  ...{ Gates: [DEVICE], Unadmitted: [], Waiting: 0, Parked: 0, OldestUnsentAt: null, KeysCameAt: null },
  ...{ ClockOffsetMs: 0, ClockTrusted: true, StoresSetAside: 0 },
};
const terminal = (Username: string, state: object | null, Wrong: string[] = []) => ({
  ...{
    Username,
    DisplayName: null,
    CinemaCodes: ['*'],
    CreatedAt: '2026-11-01T09:00:00',
    LastHeardAt: null,
    Refused: 7,
  },
  Severity: Wrong.length === 0 ? 'well' : 'error',
  Advice: Wrong.map((WrongZh) => ({ Code: WrongZh, Wrong: '', Advice: '', WrongZh, AdviceZh: `${WrongZh}：请处理` })),
  State: state && { ...STATE, ...state },
});

test('the fleet says of each terminal what is wrong, what to do, and how its devices and records are', async () => {
  const broken = { ...DEVICE, Error: 'no such port', ErrorZh: '<b>没有端口</b>' };
  const Terminals = [
    terminal('door-2', { Gates: [broken], Unadmitted: [{ Gate: 'gate-1', Count: 2, LastAt: null }] }, ['闸机故障']),
    terminal('door-4', { Gates: [{ ...DEVICE, OutOfOrderSeconds: 60 }] }, ['闸机停用']),
    terminal('door-1', { Waiting: 3, Parked: 1, ClockOffsetMs: -4000 }),
    terminal('door-3', null),
  ];
  const screen = await showScreen(FleetScreen, {
    address: '/fleet',
    answers: { '/fleet.json': { Terminals, Next: null } },
    begun: { Lists: { '/fleet': { Rows: 'Terminals', Live: false, HasFile: true, Filters: [] } } },
  });
  await screen.shows('door-2');
  const shown = [
    /需立即处理\s*闸机故障.*请处理.*闸机 gate-1: <b>没有端口<\/b>.*2 人未经放行通过/,
    /闸机停用.*闸机 gate-1: 停用/,
    /正常\s*无需处理.*闸机 gate-1: 正常73 条待上报1 条被拒收.*相差 4 秒/,
    /从未/,
  ];
  expect(screen.rows()).toEqual(shown.map((row) => expect.stringMatching(row)));
});
