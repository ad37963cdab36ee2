import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { publicPart } from '@ticket-check/simulators/box-office';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ask } from './testing/client.ts';
import { runHere } from './testing/commands.ts';
import { eventually } from './testing/eventually.ts';
import { type PlainScene, plainScene } from './testing/plain-scene.ts';
import { testSite } from './testing/test-site.ts';
import { plainTicket, sellTicket, ticketQuery } from './testing/tickets.ts';

const site = await testSite();
let scene: PlainScene;

beforeAll(async () => {
  scene = await plainScene();
  await site.start('national-platform');
  await site.start('third-party-platform');
});
afterAll(() => scene?.plain.close());

async function take(kind: string, ...rows: object[]) {
  const path = join(site.directory, `${kind}.ndjson`);
  writeFileSync(path, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  await site.command('national-platform', ['import', kind, path]);
}

const file = (name: string) => join(site.directory, name);
const fingerprints = async () =>
  (await site.list('national-platform', 'account', 'keys', 'chain-7')).map(({ Fingerprint }) => Fingerprint);
const shown = async () => (await site.list('third-party-platform', 'upstream', 'show'))[0];

test('a platform works with a key of its own, and exchanges it while its terminals ask', {
  timeout: 60_000,
}, async () => {
  const { cinema, boxOffice } = scene;
  const ticket = sellTicket(boxOffice);
  await take('cinemas', { CinemaCode: cinema, CinemaName: boxOffice.cinema.cinemaName });
  const [ukey] = boxOffice.ukeys;
  await take('public-keys', { CinemaCode: cinema, PublicKey: publicPart(ukey!).spki, StartTime: ukey!.startTime });
  await take('tickets', plainTicket(ticket));

  await site.command('third-party-platform', ['upstream', 'new-key', '--out', file('first.pem')]);
  const add = ['account', 'add', 'chain-7', '--cinemas', cinema, '--public-key', file('first.pem')];
  await site.command('national-platform', [...add, '--out', file('bundle.json')]);
  await site.command('third-party-platform', ['upstream', 'set', file('bundle.json')]);
  const [first] = await fingerprints();
  expect(await shown()).toMatchObject({ Key: first, PendingKey: null });

  // A question that the national platform did not answer comes back with UPSTREAM_UNAVAILABLE.
  const terminal = await site.issue('third-party-platform', 'terminal', '--cinemas', cinema);
  const question = () => ask(terminal, 'GetTicketInfo', ticketQuery(ticket));
  await eventually(async () => expect(await question()).toMatchObject({ FilmName: ticket.filmName }));
  let asking = true;
  const answers: unknown[] = [];
  const askers = [1, 2].map(async () => {
    while (asking) answers.push(await question());
  });

  await site.command('third-party-platform', ['upstream', 'new-key', '--out', file('second.pem')]);
  const early = await runHere('third-party-platform', ['upstream', 'use-key'], {
    env: site.environmentOf('third-party-platform'),
  });
  expect([early.code, early.stderr]).toEqual([1, expect.stringContaining('does not accept the pending key yet')]);
  await site.command('national-platform', ['account', 'add-key', 'chain-7', '--public-key', file('second.pem')]);
  expect(await fingerprints()).toHaveLength(2);
  await site.command('third-party-platform', ['upstream', 'use-key']);
  const { Key: second, PendingKey } = (await shown()) ?? {};
  expect(PendingKey).toBeNull();
  // Everyone who asked under the former key has been answered by then.
  const before = answers.length;
  await eventually(async () => expect(answers.length).toBeGreaterThan(before + 4));
  const removing = ['account', 'remove-key', 'chain-7', String(first), '--yes'];
  expect(await runHere('national-platform', removing, { env: site.environmentOf('national-platform') })).toMatchObject({
    code: 0,
    stderr: expect.stringContaining(`The other of its 2 keys stays (${second})`),
  });
  expect(await fingerprints()).toEqual([second]);
  const after = answers.length;
  await eventually(async () => expect(answers.length).toBeGreaterThan(after + 4));
  asking = false;
  await Promise.all(askers);
  for (const answer of answers) expect(answer).toMatchObject({ FilmName: ticket.filmName });

  // Without another key the last one stays.
  const last = await runHere('national-platform', ['account', 'remove-key', 'chain-7', String(second)], {
    env: site.environmentOf('national-platform'),
  });
  expect([last.code, last.stderr]).toEqual([1, expect.stringContaining('the only key')]);
});
