import { join } from 'node:path';
import { connectScanner, type Demo, openDemo } from '@ticket-check/simulators/dev-network';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runHere } from './testing/commands.ts';
import { eventually } from './testing/eventually.ts';
import { type PipedService, runProgram, startPiped } from './testing/program.ts';
import { freeAddresses } from './testing/site.ts';
import { testSite } from './testing/test-site.ts';
import { sellTickets } from './testing/tickets.ts';

const site = await testSite();
const ROLE = 'terminal-agent';
let demo: Demo;
let second: { env: NodeJS.ProcessEnv; agent: PipedService };

beforeAll(async () => {
  await site.startAll();
  demo = await openDemo(site, join(site.directory, 'demo'));
  const bundle = JSON.stringify(await site.issue('third-party-platform', 'door'));
  await site.command(ROLE, ['upstream', 'set', '-'], bundle);
  // A second terminal, set up with the bundle of the first.
  const { of } = await freeAddresses();
  const env = {
    HOST: of[ROLE].host,
    PORT: String(of[ROLE].port),
    CONSOLE_PORT: String(of[ROLE].consolePort),
    DATA_DIR: join(site.directory, 'second-terminal'),
    SCANNER: 'stdin',
    DEBOUNCE_MS: '0',
  };
  expect(await runProgram(ROLE, ['upstream', 'set', '-'], { env, input: bundle })).toMatchObject({ code: 0 });
  second = { env, agent: startPiped(ROLE, env) };
});
afterAll(async () => {
  await second?.agent.stop();
  demo?.close();
});

async function scanAtSecond(text: string): Promise<Record<string, unknown>> {
  second.agent.type(`${text}\n`);
  return JSON.parse(await second.agent.nextLine());
}

test('a terminal set up twice works once, and the other one as soon as the account is bound again', {
  timeout: 90_000,
}, async () => {
  const tickets = sellTickets(demo.boxOffice, 60).map(({ ticketInfoCode }) => ticketInfoCode);
  const [other, later] = [tickets.pop(), tickets.pop()];
  await demo.tell();
  const scan = await connectScanner(site);
  // A guest each: one who was let in before the terminal knew of claims is not let in again.
  await eventually(async () => expect(await scan(tickets.pop()!)).toHaveProperty('Confirmed', true));

  expect(await scanAtSecond(other!)).toMatchObject({ Verdict: 'KEYS_UNAVAILABLE' });
  const { code, stderr } = await runHere('third-party-platform', ['account', 'rebind', 'nobody'], {
    env: site.environmentOf('third-party-platform'),
  });
  expect([code, stderr]).toEqual([1, 'There is no account named nobody.\n']);

  await site.stop(ROLE);
  expect(await scanAtSecond(other!)).toMatchObject({ Verdict: 'KEYS_UNAVAILABLE' });
  await site.command('third-party-platform', ['account', 'rebind', 'door']);
  await eventually(async () => {
    expect(await scanAtSecond(other!)).toMatchObject({ Verdict: 'ADMIT', Confirmed: true });
  });
  await site.start(ROLE);
  expect(await (await connectScanner(site))(later!)).toMatchObject({ Verdict: 'ADMIT', Confirmed: false });
});
