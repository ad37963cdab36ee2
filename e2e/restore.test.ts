import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { connectScanner, type Demo, openDemo, type Role } from '@ticket-check/dev-network';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runHere } from './testing/commands.ts';
import { eventually } from './testing/eventually.ts';
import { testSite } from './testing/site.ts';
import { sellTickets } from './testing/tickets.ts';

const site = await testSite();

/** An operator's backup: the folder of a service that is stopped, and back again. */
const backupOf = (role: Role) => join(site.directory, `${role}.backup`);

async function backUp(role: Role): Promise<void> {
  await site.stop(role);
  cpSync(join(site.directory, role), backupOf(role), { recursive: true });
  await site.start(role);
}

/** As docs/deployment.md has it: stop, put the backup in place, renew the generation, start. */
async function restore(role: Role): Promise<void> {
  await site.stop(role, 'SIGKILL');
  rmSync(join(site.directory, role), { recursive: true });
  cpSync(backupOf(role), join(site.directory, role), { recursive: true });
  const renewed = await site.command(role, ['store', 'renew-generation', '--yes']);
  expect(JSON.parse(renewed)).toEqual({ Generation: expect.stringMatching(/^[0-9a-f-]{36}$/) });
  await site.start(role);
}

describe('a platform that is restored from an earlier backup', { timeout: 120_000 }, () => {
  let demo: Demo;
  const admitted = new Map<string, unknown>();

  beforeAll(async () => {
    await site.startAll();
    demo = await openDemo(site, join(site.directory, 'demo'));
  });
  afterAll(() => demo?.close());

  async function admit(count: number): Promise<void> {
    const tickets = sellTickets(demo.boxOffice, count);
    await demo.tell();
    const scan = await connectScanner(site);
    for (const { ticketInfoCode, filmTicketCode } of tickets) {
      const { Verdict, RecordId } = await scan(ticketInfoCode);
      expect(Verdict).toBe('ADMIT');
      admitted.set(String(RecordId), filmTicketCode);
    }
  }

  /** Everything that was ever admitted, once, under its RecordId. */
  async function allThere(role: 'national-platform'): Promise<void> {
    await eventually(async () => {
      const records = await site.list(role, 'records', 'list');
      expect(new Map(records.map(({ RecordId, FilmTicketCode }) => [RecordId, FilmTicketCode]))).toEqual(admitted);
      expect(records).toHaveLength(admitted.size);
    });
  }

  test('gets everything again that was admitted since, the national platform', async () => {
    await admit(3);
    await allThere('national-platform');
    await backUp('national-platform');
    await admit(4);
    await allThere('national-platform');
    await restore('national-platform');
    // Whoever asks it anything hears that its data are of a new generation.
    await admit(1);
    await allThere('national-platform');
  });

  test('gets everything again, the third-party platform, and goes on being known above and below', async () => {
    await backUp('third-party-platform');
    await admit(4);
    await allThere('national-platform');
    await restore('third-party-platform');
    await admit(1);
    await eventually(async () => {
      const { records } = JSON.parse((await site.get('third-party-platform', '/health')).text);
      expect(records).toMatchObject({ waiting: 0 });
    });
    // The national platform is restored too: what it lacks now can only come from the restored one.
    await restore('national-platform');
    await admit(1);
    await allThere('national-platform');
  });

  test.each(['national-platform', 'third-party-platform'] as const)(
    'has its generation renewed only while it is stopped: %s',
    async (role) => {
      const refused = await runHere(role, ['store', 'renew-generation', '--yes'], { env: site.env(role) });
      expect(refused).toMatchObject({ code: 1, stdout: '' });
      expect(refused.stderr).toMatch(/^Another process serves from .* already; stop it first\.\n$/);
    },
  );

  test('gets what is older than the last days by command', async () => {
    const at = '2020-01-01T00:00:00';
    const [resent] = await site.list('third-party-platform', 'records', 'resend', '--since', at);
    expect(resent?.Resent).toBeGreaterThan(0);
    const [fromTerminal] = await site.list('terminal-agent', 'records', 'resend', '--since', at);
    expect(fromTerminal?.Resent).toBe(admitted.size);
    await eventually(async () => {
      for (const role of ['third-party-platform', 'terminal-agent'] as const) {
        expect(JSON.parse((await site.get(role, '/health')).text).records).toMatchObject({ waiting: 0 });
      }
    });
    await allThere('national-platform');
    const wrong = await runHere('terminal-agent', ['records', 'resend', '--since', 'yesterday'], {
      env: site.env('terminal-agent'),
    });
    expect(wrong.code).toBe(2);
  });
});
