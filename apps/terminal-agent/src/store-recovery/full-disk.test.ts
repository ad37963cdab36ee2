// @module-tag process
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { mountSmallDisk } from '@ticket-check/storage/testing';
import { expect, it } from 'vitest';
import { makeCinema as makeEvening } from '../testing/evening.ts';
import { runCommand, startServing } from '../testing/run-program.ts';
import { healthOf } from '../testing/test-terminal.ts';

/** A terminal whose data lies on a disk of its own. */
async function makeCinema() {
  const disk = mountSmallDisk(8);
  const dataDir = join(disk.path, 'data');
  const settings = { DATA_DIR: dataDir, PORT: '0', SCANNERS: 'stdin=stdin', LOG_LEVEL: 'info' };
  const { platform, terminal, sell: sold } = await makeEvening({ now: Date.now, kind: 'claiming', settings });
  const agent = await startServing(terminal.env);
  expect(await agent.scan(`${sold().code}\n`)).toMatchObject({ Verdict: 'ADMIT' });
  await platform.received(1);
  return { platform, disk, dataDir, env: terminal.env, sold, agent, health: () => healthOf(agent, dataDir) };
}

it('keeps the gate shut while the disk is full, says so, and works again by itself', async () => {
  const { platform, disk, sold, agent, health } = await makeCinema();
  disk.fill();
  const ticket = sold();
  // What is left of the log's last page may still take a few: none of them half.
  const verdicts: unknown[] = [];
  for (let attempt = 0; attempt < 40 && !verdicts.includes('STORE_UNAVAILABLE'); attempt += 1) {
    verdicts.push((await agent.scan(`${sold().code}\n`)).Verdict);
  }
  expect(verdicts.at(-1)).toBe('STORE_UNAVAILABLE');
  expect(verdicts.slice(0, -1).every((verdict) => verdict === 'ADMIT')).toBe(true);
  expect(await agent.scan(`${ticket.code}\n`)).toMatchObject({
    Verdict: 'STORE_UNAVAILABLE',
    Message: expect.any(String),
  });
  const logged = agent.said().filter((line) => line.includes('failed to decide and store a scan'));
  expect(JSON.parse(logged.at(-1) ?? '')).toMatchObject({ level: 'error', fault: 'the disk is full' });
  expect(agent.said().filter((line) => line.includes('gate opens'))).toHaveLength(
    verdicts.filter((verdict) => verdict === 'ADMIT').length + 1,
  );
  await expect.poll(health).toMatchObject({
    status: 'failing',
    store: { ok: false, error: 'the disk is full' },
  });

  disk.clear();
  expect(await agent.scan(`${ticket.code}\n`)).toMatchObject({ Verdict: 'ADMIT', Confirmed: true });
  await expect.poll(health).toMatchObject({ status: 'ok', store: { ok: true } });
  const admitted = verdicts.filter((verdict) => verdict === 'ADMIT').length + 2;
  // One whose delivery could not be noted is sent again, under its RecordId.
  const arrived = () => new Set(platform.records.map(({ recordId }) => recordId)).size;
  await platform.until(() => arrived() >= admitted);
  expect(await agent.kill('SIGTERM')).toMatchObject({ code: 0 });
  expect(arrived()).toBe(admitted);
});

it('loses nothing of what it has when it is killed and its disk fills up', async () => {
  const { disk, env, agent, sold } = await makeCinema();
  await agent.kill('SIGKILL');
  disk.fill();
  const listed = await runCommand(['scans', 'list'], env);
  expect(listed).toMatchObject({ code: 0, stdout: expect.stringContaining('"Verdict":"ADMIT"') });
  expect(listed.stderr).toBe('This could not be written down in the audit: the disk is full.\n');
  disk.clear();
  const again = await startServing(env);
  expect(await again.scan(`${sold().code}\n`)).toMatchObject({ Verdict: 'ADMIT' });
  expect(readdirSync(env.DATA_DIR ?? '').filter((name) => name.includes('corrupt'))).toEqual([]);
});

it('says in one sentence that its directory is read-only', async () => {
  const { disk, env, agent } = await makeCinema();
  await agent.kill('SIGTERM');
  disk.makeReadOnly(true);
  const ended = await runCommand(['serve'], env);
  disk.makeReadOnly(false);
  expect(ended).toMatchObject({ code: 1, stdout: '' });
  expect(ended.stderr).toMatch(/^[^\n]+\n$/);
  expect(ended.stderr).toContain(env.DATA_DIR);
  expect(ended.stderr).not.toContain('bug');
});
