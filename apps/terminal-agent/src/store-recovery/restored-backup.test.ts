// @module-tag process
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { makeCinema } from '../testing/evening.ts';
import { runCommand } from '../testing/run-program.ts';
import { healthOf, metricsOf } from '../testing/test-terminal.ts';

it('a terminal restored from a backup admits nobody offline whose entry it may have forgotten', async () => {
  const { platform, terminal, sell } = await makeCinema({ now: Date.now, kind: 'claiming' });
  const { DATA_DIR = '' } = terminal.env;
  const backup = `${DATA_DIR}-backup.db`;
  const agent = await terminal.start();
  const [before, after] = [sell(), sell()];
  expect(await metricsOf(agent, DATA_DIR)).toMatch(/^store_backup_age_seconds \+Inf$/m);
  expect(await agent.scan(before.code)).toMatchObject({ Verdict: 'ADMIT', Confirmed: true });
  expect(await runCommand(['store', 'backup', backup], terminal.env)).toMatchObject({ code: 0, stderr: '' });
  const backedUp = { store: { ok: true, backedUpAt: expect.any(String) } };
  await expect.poll(() => healthOf(agent, DATA_DIR)).toMatchObject(backedUp);
  expect(await metricsOf(agent, DATA_DIR)).toMatch(/^store_backup_age_seconds \d+$/m);
  expect(await agent.scan(after.code)).toMatchObject({ Verdict: 'ADMIT', Confirmed: true });
  await platform.received(2);
  expect(await runCommand(['store', 'restore', backup], terminal.env)).toMatchObject({ code: 1, stdout: '' });
  await agent.close();

  const restored = await runCommand(['store', 'restore', backup], terminal.env);
  expect(restored).toMatchObject({ code: 0, stderr: '' });
  const { MovedTo } = JSON.parse(restored.stdout);
  expect(readdirSync(DATA_DIR).map((name) => join(DATA_DIR, name))).toContain(MovedTo);
  await platform.stop();
  const offline = await terminal.start();
  expect(await offline.scan(after.code)).toMatchObject({ Verdict: 'OFFLINE_REFUSED' });
  expect(await offline.scan(before.code)).toMatchObject({ Verdict: 'ALREADY_ENTERED' });
  await offline.close();
  await platform.restart();
  const online = await terminal.start();
  expect(await online.scan(after.code)).toMatchObject({ Verdict: 'ALREADY_ENTERED' });
  expect(await online.scan(sell().code)).toMatchObject({ Verdict: 'ADMIT' });
});
