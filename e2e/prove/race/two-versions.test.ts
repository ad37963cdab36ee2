import { fileURLToPath } from 'node:url';
import { startReplacedServer } from '@ticket-check/storage/testing/replaced-server';
import { expect, test } from 'vitest';
import { PATIENT, type Site } from '../../testing/site.ts';
import { prove } from '../proofs.ts';
import { until } from '../report.ts';
import { inWorld, keysArrived, type Proof, siteBeside, type World } from '../world.ts';
import { raceForAll } from './race.ts';

const LATER = fileURLToPath(new URL('./later-version.ts', import.meta.url));
const SIZE = 40;
const ROLE = 'third-party-platform';

/** Starts a third-party platform of a later version on the same database, and gives the second terminal an account there. */
async function startLater({ site, terminals, demo }: World): Promise<Site> {
  const settings = { ...site.env, [ROLE]: { ...site.env[ROLE], NODE_OPTIONS: `--import ${LATER}` } };
  const later = await siteBeside(site, ROLE, 'later', settings);
  await later.start(ROLE);
  const bundle = { ...(await site.issue(ROLE, 'later')), Url: later.urlOf(ROLE) };
  const terminal = terminals.get('terminal 2')!;
  await terminal.setUpstream('terminal-agent', { ...bundle, CinemaCodes: [demo.boxOffice.cinema.cinemaCode] });
  await keysArrived(terminal);
  return later;
}

async function raceOnBoth(world: World): Promise<void> {
  const { site } = world;
  const later = await startLater(world);
  try {
    // It was started before the steps were taken, and starts again after them. One that stops in order leaves the later one to
    // contract at once; a killed one counts as alive for a while.
    await site.stop(ROLE, 'SIGKILL');
    await site.start(ROLE);
    await raceForAll(world);
    const due = async () => JSON.stringify(((await later.health(ROLE)) as { store?: unknown }).store);
    expect(await due()).toContain('"step":"0003"');
    await site.stop(ROLE);
    const contracted = async () => !(await due()).includes('"step"');
    await until('the later version contracts', contracted, { withinMs: 120_000 });
    await expect(site.start(ROLE)).rejects.toThrow();
    expect(site.lastWords(ROLE)).toContain('0003');
  } finally {
    await later.stopAll();
  }
}

test('of two versions of a platform on one database, one admits a ticket, through an expand and a contract', async () => {
  const server = await startReplacedServer();
  const settings = { ...PATIENT, [ROLE]: { ...PATIENT[ROLE], DATABASE_URL: await server.makeDatabase('third_party') } };
  const proof: Proof = {
    ...{ tried: 'one ticket at terminals of two versions', unit: 'tickets', size: SIZE },
    run: (run) => inWorld(run, { settings }, raceOnBoth),
  };
  try {
    const result = await prove('two-versions', proof, { seed: 'in tests', size: SIZE, isBusy: true });
    expect(result).toMatchObject({ lost: 0, doubledUnflagged: 0, failures: [], times: SIZE });
  } finally {
    await server.stop();
  }
}, 600_000);
