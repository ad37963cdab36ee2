import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startReplacedServer } from '@ticket-check/storage/testing/replaced-server';
import { expect, test } from 'vitest';
import { freeAddresses, openSite, type Site } from '../../testing/site.ts';
import { prove } from '../proofs.ts';
import { until } from '../report.ts';
import { inWorld, keysArrived, PATIENT, type World } from '../world.ts';
import { raceForAll } from './race.ts';

const LATER = fileURLToPath(new URL('./later-version.ts', import.meta.url));
const SIZE = 40;
const ROLE = 'third-party-platform';

/** Starts a third-party platform of a later version on the same database, and gives the second terminal an account there. */
async function startLater({ site, terminals, demo }: World): Promise<Site> {
  const { of } = await freeAddresses();
  const later = await openSite({
    settings: { ...site.env, [ROLE]: { ...site.env[ROLE], NODE_OPTIONS: `--import ${LATER}` } },
    directory: join(site.directory, 'later'),
    addresses: { ...site.addresses, of: { ...site.addresses.of, [ROLE]: of[ROLE] } },
  });
  await later.start(ROLE);
  const bundle = { ...(await site.issue(ROLE, 'later')), Url: later.urlOf(ROLE) };
  const terminal = terminals.get('terminal 2')!;
  const CinemaCodes = [demo.boxOffice.cinema.cinemaCode];
  await terminal.command('terminal-agent', ['upstream', 'set', '-'], JSON.stringify({ ...bundle, CinemaCodes }));
  await keysArrived(terminal);
  return later;
}

test('of two versions of a platform on one database, one admits a ticket, through an expand and a contract', async () => {
  const server = await startReplacedServer();
  const settings = { ...PATIENT, [ROLE]: { ...PATIENT[ROLE], DATABASE_URL: await server.makeDatabase('third_party') } };
  const due = async (site: Site) => JSON.stringify(((await site.health(ROLE)) as { store?: unknown }).store);
  try {
    const result = await prove(
      'two-versions',
      {
        ...{ tried: 'one ticket at terminals of two versions', unit: 'tickets', size: SIZE },
        run: (run) =>
          inWorld(run, { settings }, async (world) => {
            const later = await startLater(world);
            try {
              // It was started before the steps were taken, and starts again after them. One that stops in order leaves the later one to
              // contract at once; a killed one counts as alive for a while.
              await world.site.stop(ROLE, 'SIGKILL');
              await world.site.start(ROLE);
              await raceForAll(world);
              expect(await due(later)).toContain('"step":"0003"');
              await world.site.stop(ROLE);
              await until('the later version contracts', async () => !(await due(later)).includes('"step"'), {
                withinMs: 120_000,
              });
              await expect(world.site.start(ROLE)).rejects.toThrow();
              expect(world.site.lastWords(ROLE)).toContain('0003');
            } finally {
              await later.stopAll();
            }
          }),
      },
      { seed: 'in tests', size: SIZE, isBusy: true },
    );
    expect(result).toMatchObject({ lost: 0, doubledUnflagged: 0, failures: [], times: SIZE });
  } finally {
    await server.stop();
  }
}, 600_000);
