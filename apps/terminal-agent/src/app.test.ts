// @module-tag service
import { walkConsole, watchRoutes } from '@ticket-check/admin/testing';
import { expectPaces } from '@ticket-check/runtime/testing';
import { expect, it, onTestFinished } from 'vitest';
import { film, now, startCinema, ukey } from './testing/evening.ts';
import { sellTicket } from './testing/test-cinema.ts';
import { healthOf, makeTerminal, metricsOf } from './testing/test-terminal.ts';

it('GET /metrics and /health show verdicts, the line, findings of rechecks and overdue records', async () => {
  const settings = { OFFLINE_AFTER_SILENCES: '1' };
  const { platform, terminal, wait, agent } = await startCinema({ kind: 'claiming', settings });
  const { DATA_DIR = '' } = terminal.env;
  const health = () => healthOf(agent, DATA_DIR);
  const metrics = async () =>
    Object.fromEntries(
      (await metricsOf(agent, DATA_DIR))
        .split('\n')
        .filter((line) => /^(scan|recheck|claim|check_records|upstream)/.test(line))
        .map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]),
    );

  const [admitted, offline] = [sellTicket(ukey, film), sellTicket(ukey, film)];
  platform.sell(admitted.info);
  const first = await agent.scan(admitted.code, 'gate-1', 'scanner-1');
  expect(first).toMatchObject({ Verdict: 'ADMIT', Confirmed: true });
  expect(await agent.scan(admitted.code, 'gate-1', 'scanner-1')).toMatchObject({ Repeated: true });
  expect(await agent.scan(admitted.code, 'gate-2')).toMatchObject({ Verdict: 'ALREADY_ENTERED' });
  await platform.received(1);

  await platform.stop();
  expect(await agent.scan(offline.code)).toMatchObject({ Verdict: 'ADMIT', Confirmed: false });
  expect(await metrics()).toMatchObject({
    'scans_total{verdict="ADMIT",confirmed="true"}': 1,
    'scans_total{verdict="ADMIT",confirmed="false"}': 1,
    'scans_total{verdict="ALREADY_ENTERED",confirmed=""}': 1,
    scan_duration_seconds_count: 3,
    upstream_line_up: 0,
    upstream_line_down_total: 1,
    rechecks_waiting: 1,
    check_records_waiting: 1,
    check_records_overdue: 0,
  });

  wait(601_000);
  expect(await metrics()).toMatchObject({ check_records_overdue: 1, check_records_oldest_unsent_seconds: 601 });
  expect(await health()).toMatchObject({
    // A record waits for more than ten minutes.
    status: 'degraded',
    records: { ok: true, degraded: true, waiting: 1, overdue: 1 },
    keys: { ok: true, cinemas: [{ cinemaCode: '31012801', keys: 1, ageSeconds: 601 }] },
    claims: { ok: true, toRelease: 0 },
    upstream: { ok: true, line: 'down', url: platform.bundle.Url, lastContactSeconds: 601 },
  });

  platform.sell(offline.info, { refundStatus: 'Yes', refundTime: now });
  await platform.restart();
  await platform.received(2);
  await expect.poll(metrics).toMatchObject({
    'recheck_findings_total{verdict="REFUNDED"}': 1,
    rechecks_waiting: 0,
    claim_releases_waiting: 0,
    check_records_overdue: 0,
    check_records_delivered_total: 2,
    check_records_delivery_seconds_count: 2,
    'check_records_delivery_seconds_bucket{le="600"}': 1,
    upstream_line_up: 1,
  });
});

/**
 * The jobs made by `every` that ask the platform above. The pace of what else asks it is held elsewhere: of records
 * in `backoff.test.ts`, of probes in `circuit-breaker.test.ts`.
 */
const ASKING = {
  'claim releases': { asksWhereSomethingWaits: true },
  recheck: { asksWhereSomethingWaits: true },
  'undone entries': { asksWhereSomethingWaits: true },
  'key sync': { asksWhereSomethingWaits: true },
  'follow changes': {},
  state: {},
  'e-ticket keys': {},
  'clock sampler': {},
} as const;

const ASKING_NOBODY = [
  'audit',
  'certificate',
  'completeness',
  'deadlines',
  'discard scans',
  'end sessions',
  'gates',
  'purge',
  'store probe',
  'upstream position',
  'watch upstream',
];

it('asks the platform above out of step with other terminals, and less often where it does not keep up', async () => {
  const terminal = await makeTerminal({ now: Date.now });
  await expectPaces(() => terminal.start(), { asking: ASKING, askingNobody: ASKING_NOBODY });
});

it('answers every route of the terminal by role', async () => {
  const routes = watchRoutes();
  const terminal = await makeTerminal({ now: Date.now });
  const agent = await terminal.start();
  onTestFinished(() => agent.close());
  const { walked, faults } = await walkConsole(agent, {
    routes,
    store: await terminal.open(),
    directory: terminal.env.DATA_DIR!,
  });
  expect(faults).toEqual([]);
  expect(walked).toBeGreaterThan(20);
});
