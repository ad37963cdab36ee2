// @module-tag service
import { APIS, addSeconds, releaseClaimQueryJson, type TicketClaim, wallClockAt } from '@ticket-check/protocol';
import { expect, test } from 'vitest';
import { checkTicket, claimOn, makeUkey, sellTicket } from '../testing/test-cinema.ts';
import { ask, createTerminal, report, sendClaim, startBehind } from '../testing/test-platform.ts';

const HOUR_MS = 3_600_000;

test('GET /metrics and /health show how claims were answered, the line, and records past their deadline', async () => {
  const ukey = makeUkey();
  const started = await startBehind(ukey, { settings: { OFFLINE_AFTER_SILENCES: '1' } });
  const { national, site, service, bundle, sell } = started;
  const terminal = createTerminal(bundle, 'extended', () => Date.now() + site.clock.ahead);
  await site.keysStored();

  const claim = (claimed: TicketClaim) => sendClaim(terminal, claimed);
  const metrics = async () => {
    const text = (await site.get(service, '/metrics', bundle)) as string;
    return Object.fromEntries(
      text
        .split('\n')
        .filter((line) => /^(claims|check_records|upstream)/.test(line))
        .map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]),
    );
  };

  const [one, two, refunded] = [sell(), sell(), sell({ refundStatus: 'Yes' })];
  const [ofOne, ofTwo] = [claimOn(one), claimOn(two)];
  await claim(ofOne);
  await claim(claimOn(one));
  await claim(claimOn(refunded));
  await claim(ofTwo);
  await ask(terminal, APIS.releaseClaim, releaseClaimQueryJson(ofTwo));
  await claim(ofTwo);
  expect(await metrics()).toMatchObject({
    'claims_total{outcome="claimed"}': 2,
    'claims_total{outcome="entered"}': 1,
    'claims_total{outcome="refunded"}': 1,
    'claims_total{outcome="released"}': 1,
    claims_state_unknown_total: 0,
    claims_overdue: 0,
    upstream_line_up: 1,
    upstream_line_down_total: 0,
    check_records_overdue: 0,
  });

  await national.stop();
  await claim(claimOn(sellTicket(ukey)));
  const checkTime = addSeconds(wallClockAt(Date.now()), -HOUR_MS / 1000);
  await report(terminal, [{ ...checkTicket(sellTicket(ukey)), checkTime }]);
  const alone = {
    'claims_total{outcome="claimed"}': 3,
    claims_state_unknown_total: 1,
    upstream_line_up: 0,
    upstream_line_down_total: 1,
  };
  // Its session began a minute ago.
  await expect.poll(metrics).toMatchObject({ ...alone, claims_overdue: 0, check_records_overdue: 0 });

  site.clock.ahead = HOUR_MS;
  expect(await metrics()).toMatchObject({ claims_overdue: 2, check_records_overdue: 1 });
  expect(await site.get(service, '/health', bundle)).toMatchObject({
    // By this clock a record waits for more than an hour.
    status: 'degraded',
    records: { ok: true, degraded: true, waiting: 1, overdue: 1 },
    claims: { overdue: 2 },
    upstream: { line: 'down' },
  });
});
