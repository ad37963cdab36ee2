// @module-tag process
import { expect, it } from 'vitest';
import { makeCinema as makeEvening } from '../testing/evening.ts';
import { runCommand, startServing } from '../testing/run-program.ts';

async function makeCinema() {
  const settings = { LOG_LEVEL: 'info' };
  const { platform, terminal, sell } = await makeEvening({ now: Date.now, kind: 'claiming', settings });
  const { env } = terminal;
  const check = async (code: string) => JSON.parse((await runCommand(['check', code], env)).stdout);
  return { platform, terminal, env, check, sell, ticket: sell() };
}

it('serves once from its data, while commands work beside, and again as soon as it was killed', async () => {
  const { env, check, ticket, platform } = await makeCinema();
  const first = await startServing(env);
  const second = await runCommand(['serve'], env);
  expect(second).toEqual({
    code: 1,
    stdout: '',
    stderr: `Another process serves from ${env.DATA_DIR} already; stop it first.\n`,
  });
  expect(await runCommand(['records', 'retry'], env)).toMatchObject({ code: 0, stdout: '{"Retried":0}\n' });
  expect(await runCommand(['upstream', 'show'], env)).toMatchObject({ code: 0 });

  await first.kill('SIGKILL');
  await startServing(env);
  expect(await check(ticket.code)).toMatchObject({ Verdict: 'ADMIT' });
  await platform.received(1);
});

it('sends nothing to the platform before it listens, and what an earlier process left then', async () => {
  const { platform, terminal, ticket } = await makeCinema();
  const earlier = await terminal.start();
  await terminal.keysStored();
  await platform.stop();
  expect(await earlier.scan(ticket.code)).toMatchObject({ Verdict: 'ADMIT', Confirmed: false });
  await earlier.close();
  await platform.restart();
  const asked = [...platform.asked];

  // Where the platform listens nobody else can.
  const { port: PORT } = new URL(platform.bundle.Url);
  await expect(terminal.start({ settings: { PORT } })).rejects.toThrow('another program already listens there');
  expect(platform.asked).toEqual(asked);
  await terminal.start();
  await platform.received(1);
});

it.each(['POST /scan', 'a scanner that types'] as const)(
  'ends a scan by %s that is under way before it stops, with its entry kept and the gate open',
  async (way) => {
    const { platform, terminal, env, check, sell, ticket } = await makeCinema();
    const agent = await startServing({ ...env, SCANNERS: 'stdin=stdin' });
    // Once a guest was admitted and reported, keys and upstream are known.
    expect(await check(sell().code)).toMatchObject({ Verdict: 'ADMIT' });
    await platform.received(1);
    const release = platform.hold();
    const asked = platform.nextAsked('ClaimTicket');
    const scanning = way === 'POST /scan' ? check(ticket.code) : agent.scan(`${ticket.code}\n`);
    await asked;
    const stopping = agent.kill('SIGTERM');
    await expect.poll(() => agent.said().some((line) => line.includes('"msg":"stopping"'))).toBe(true);
    release();
    expect(await scanning).toMatchObject({ Verdict: 'ADMIT', Confirmed: true });
    expect(await stopping).toMatchObject({ code: 0 });
    const store = await terminal.open();
    const scans = await store.db
      .selectFrom('scan')
      .select(['verdict', 'openedAt'])
      .orderBy('sequence', 'desc')
      .execute();
    expect(scans[0]).toEqual({ verdict: 'ADMIT', openedAt: expect.any(String) });
  },
);
