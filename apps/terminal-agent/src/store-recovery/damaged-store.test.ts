// @module-tag process
import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createRecordStore } from '@ticket-check/check-records';
import { makeRecords } from '@ticket-check/check-records/testing';
import { addSeconds, parseRecordId } from '@ticket-check/protocol';
import { DAMAGES } from '@ticket-check/storage/testing';
import { describe, expect, it } from 'vitest';
import { film, makeCinema as makeEvening, now } from '../testing/evening.ts';
import { runCommand, startServing } from '../testing/run-program.ts';
import type { PlatformKind, SoldTicket } from '../testing/test-cinema.ts';
import { healthOf } from '../testing/test-terminal.ts';
import { undoEntry } from '../undo/undo-entry.ts';

/** Enough records for each damage to leave some; more than one report holds. */
const MANY = 1200;
/** Enough for a file with pages to damage. */
const FEW = 400;
const UNDO = parseRecordId('01936000-0000-7000-8000-0000000000a1');

async function makeCinema(kind: PlatformKind = 'extended') {
  const cinema = await makeEvening({ kind });
  const { DATA_DIR = '' } = cinema.terminal.env;
  return { ...cinema, path: join(DATA_DIR, 'ticket-check.db'), directory: DATA_DIR };
}

type Cinema = Awaited<ReturnType<typeof makeCinema>>;

/** An evening's work: one guest admitted in the usual way, and records that fill many pages. */
async function work({ platform, terminal, sell }: Cinema, count = FEW): Promise<SoldTicket> {
  const agent = await terminal.start();
  const ticket = sell();
  expect(await agent.scan(ticket.code)).toMatchObject({ Verdict: 'ADMIT' });
  await platform.received(1);
  await agent.close();
  const store = await terminal.open();
  const { cinemaCode } = ticket.info;
  const made = { account: '', cinemaCode, ticketInfoCode: ticket.code, checkTime: now, receivedAt: now };
  const records = makeRecords(count, made);
  await createRecordStore(store).keep(records, { forward: true });
  await store.close();
  return ticket;
}

function asideIn({ directory }: Cinema): string[] {
  const names = readdirSync(directory).filter((name) => name.includes('.corrupt-') && !/-(wal|shm)$/.test(name));
  return names.map((name) => join(directory, name));
}

describe('a damaged database', () => {
  // `packages/check-records/src/store/salvage.test.ts` goes through all kinds of damage.
  it('is set aside, and what is left of it is taken back', async () => {
    const cinema = await makeCinema();
    const { platform, terminal, path } = cinema;
    await work(cinema, MANY);
    DAMAGES['a header of zeros'](path);
    const damaged = readFileSync(path);

    const agent = await startServing({ ...terminal.env, OFFLINE_POLICY: 'refuse' });
    const [aside = ''] = asideIn(cinema);
    expect(readFileSync(aside)).toEqual(damaged);
    expect(agent.said()).toContain(
      `A damaged database lies in ${aside}; \`records salvage ${aside}\` takes back what can be read of it.`,
    );
    const shown = JSON.parse((await runCommand(['upstream', 'show'], terminal.env)).stdout);
    expect(shown).toMatchObject({ Url: platform.bundle.Url, Username: 'terminal-1' });

    const salvaged = await runCommand(['records', 'salvage', aside], terminal.env);
    expect(salvaged).toMatchObject({ code: 0, stderr: '' });
    const { Found, Kept } = JSON.parse(salvaged.stdout);
    expect(Kept).toBe(Found);
    expect(Found).toBeGreaterThan(MANY / 4);
    const again = await runCommand(['records', 'salvage', aside], terminal.env);
    expect(JSON.parse(again.stdout)).toMatchObject({ Found, Kept: 0, Reversals: { Kept: 0 } });
    await agent.kill('SIGTERM');
    expect(readFileSync(aside)).toEqual(damaged);
  });

  it('restores the entries too: a used ticket stays used, and every record arrives once', async () => {
    const cinema = await makeCinema();
    const { platform, terminal, path } = cinema;
    const ticket = await work(cinema, MANY);
    DAMAGES['a header of zeros'](path);
    const { aside, health } = await restart(cinema);
    expect(health.store).toEqual({ ok: true, setAside: [aside] });
    await runCommand(['records', 'salvage', aside], terminal.env);

    const agent = await terminal.start();
    await platform.received(1 + MANY + 1);
    expect(new Set(platform.records.map(({ recordId }) => recordId)).size).toBe(MANY + 1);
    await platform.stop();
    expect(await agent.scan(ticket.code)).toMatchObject({
      Verdict: 'ALREADY_ENTERED',
      FirstEntry: { CheckTime: now, Gate: 'gate-1' },
    });
  });

  it('takes back an undo: the ticket may be used again here, and the platform hears of it', async () => {
    const cinema = await makeCinema('claiming');
    const { platform, terminal, path } = cinema;
    const ticket = await work(cinema);
    const { cinemaCode, filmTicketCode, startTime } = ticket.info;
    const before = await terminal.open();
    const { recordId } = await before.db.selectFrom('entry').select('recordId').executeTakeFirstOrThrow();
    await before.transaction((db) => undoEntry({ db, store: before }, recordId, { recordId: UNDO, at: now }));
    await before.close();
    DAMAGES['a header of zeros'](path);
    const { aside } = await restart(cinema);
    const store = await terminal.open();
    const undone = () => store.db.selectFrom('reversal').select(['recordId', 'reverses']).execute();
    const entries = () =>
      store.db.selectFrom('entry').select('recordId').where('filmTicketCode', '=', filmTicketCode).execute();

    await runCommand(['records', 'salvage', aside], terminal.env);
    expect(await undone()).toEqual([{ recordId: UNDO, reverses: recordId }]);
    expect(await entries()).toEqual([]);
    // As in a store that holds the record only.
    await store.db.deleteFrom('reversal').execute();
    await store.db.insertInto('entry').values({ cinemaCode, filmTicketCode, startTime, recordId }).execute();
    await runCommand(['records', 'salvage', aside], terminal.env);
    expect(await undone()).toEqual([{ recordId: UNDO, reverses: recordId }]);
    expect(await entries()).toEqual([]);

    const agent = await terminal.start();
    await platform.until(() => platform.reversals.length > 0);
    expect(platform.reversals).toMatchObject([{ recordId: UNDO, reverses: recordId }]);
    expect(await agent.scan(ticket.code)).toMatchObject({ Verdict: 'ADMIT' });
    expect(await agent.scan(ticket.code)).toMatchObject({ Verdict: 'ALREADY_ENTERED' });
  });

  /** Starts on a damaged database, which sets it aside, asks for its health and stops. */
  async function restart({ terminal, ...cinema }: Cinema) {
    const agent = await terminal.start();
    const health = await healthOf(agent, cinema.directory);
    await agent.close();
    const [aside = ''] = asideIn({ terminal, ...cinema });
    return { aside, health };
  }

  it('leaves a terminal that admits nobody offline into sessions already open, until the upstream was asked', async () => {
    const cinema = await makeCinema();
    const { platform, terminal, sell, wait, path } = cinema;
    await work(cinema);
    DAMAGES['bytes overwritten in the middle'](path);

    const agent = await terminal.start();
    await terminal.keysStored();
    await platform.stop();
    expect(await agent.scan(sell({}, film).code)).toMatchObject({ Verdict: 'OFFLINE_REFUSED' });
    const later = addSeconds(film, 3600);
    wait(1_800_000);
    expect(await agent.scan(sell({}, later).code)).toMatchObject({ Verdict: 'ADMIT', Confirmed: false });
    expect(await agent.scan(sell({}, film).code)).toMatchObject({ Verdict: 'OFFLINE_REFUSED' });
    await agent.close();

    await platform.restart();
    const online = await terminal.start();
    expect(await online.scan(sell({}, film).code)).toMatchObject({ Verdict: 'ADMIT' });
    await platform.stop();
    expect(await online.scan(sell({}, film).code)).toMatchObject({ Verdict: 'ADMIT', Confirmed: false });
    await online.close();
    const restarted = await terminal.start();
    expect(await restarted.scan(sell({}, film).code)).toMatchObject({ Verdict: 'ADMIT', Confirmed: false });
  });

  it('leaves an upstream that was set meanwhile as it is', async () => {
    const cinema = await makeCinema();
    const { platform, terminal, path, directory } = cinema;
    await work(cinema);
    renameSync(path, `${path}.corrupt-20261124T115000Z`);
    await terminal.setUpstream({ ...platform.bundle, Username: 'terminal-2' });

    expect((await restart(cinema)).health).toMatchObject({ upstream: { url: platform.bundle.Url } });
    const shown = JSON.parse((await runCommand(['upstream', 'show'], terminal.env)).stdout);
    expect(shown).toMatchObject({ Username: 'terminal-2' });
    expect(readdirSync(directory).filter((name) => name.includes('.corrupt-'))).toHaveLength(1);
  });
});

describe('nothing is set aside', () => {
  it('where the key is another: the start fails with one sentence', async () => {
    const cinema = await makeCinema();
    const { terminal, path, directory } = cinema;
    await work(cinema);
    const before = readFileSync(path);
    writeFileSync(`${directory}.key`, `${'ab'.repeat(32)}\n`);
    const ended = await runCommand(['serve'], terminal.env);
    expect(ended).toMatchObject({ code: 1, stdout: '' });
    expect(ended.stderr).toMatch(
      /^The database .*ticket-check\.db cannot be read: either the database key is not .*\n$/,
    );
    expect(asideIn(cinema)).toEqual([]);
    expect(readFileSync(path)).toEqual(before);
  });
});

describe('records salvage', () => {
  it.each([
    ['the database in use', 'ticket-check.db', /is the database in use/],
    ['a file that is not there', 'nowhere.db', /cannot be read: ENOENT/],
    ['a file of another kind', 'other.db', /Nothing in the file .* can be read with this database key/],
  ])('refuses %s in one sentence', async (_name, file, sentence) => {
    const { terminal, directory } = await makeCinema();
    writeFileSync(join(directory, 'other.db'), randomBytes(64 * 1024));
    const ended = await runCommand(['records', 'salvage', join(directory, file)], terminal.env);
    expect(ended).toMatchObject({ code: 1, stdout: '' });
    expect(ended.stderr).toMatch(sentence);
    expect(ended.stderr.trim().split('\n')).toHaveLength(1);
  });

  it('lets the clock stand before no admission, although older ones come into the store last', async () => {
    const cinema = await makeCinema();
    const { platform, terminal, sell, wait, path } = cinema;
    await work(cinema);
    DAMAGES['a header of zeros'](path);
    wait(1_200_000);
    const fresh = await terminal.start();
    expect(await fresh.scan(sell({}, film).code)).toMatchObject({ Verdict: 'ADMIT' });
    await fresh.close();
    const [aside = ''] = asideIn(cinema);
    await runCommand(['records', 'salvage', aside], terminal.env);
    await platform.stop();

    wait(-600_000);
    const agent = await terminal.start();
    expect(await agent.scan(sell({}, film).code)).toMatchObject({ Verdict: 'CLOCK_UNTRUSTED' });
  });
});
