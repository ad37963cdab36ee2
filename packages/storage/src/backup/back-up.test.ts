import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { sql } from 'kysely';
import { beforeEach, describe, expect, test } from 'vitest';
import { loadCurrentGeneration, renewGeneration } from '../generation.ts';
import { replaceFile } from '../set-aside.ts';
import type { Store } from '../store.ts';
import { sqliteUrl } from '../store-url.ts';
import { DAMAGES } from '../testing/damage.ts';
import { aDirectory } from '../testing/directory.ts';
import { type MarksDatabase, mark, numbersIn } from '../testing/marks.ts';
import { KEY, openMarks } from '../testing/open-marks.ts';
import { OtherProcess } from '../testing/other-process.ts';
import { mountSmallDisk } from '../testing/small-disk.ts';
import { backUp, restoreFile } from './back-up.ts';
import { checkFile } from './check-file.ts';

const AT = '2026-11-24T20:00:00';
const NOW = Date.parse('2026-11-24T21:30:00+08:00');
const COUNT = 'select count(*) as marks from mark';

let path: string;
let backup: string;
let store: Store<MarksDatabase>;

const open = (file: string) => openMarks(file, { now: () => NOW });

const generationOf = ({ db }: Store<MarksDatabase>) => loadCurrentGeneration(db);

beforeEach(async () => {
  path = join(aDirectory(), '影院 store#1.db');
  backup = join(aDirectory(), '备份 1?.db');
  store = await open(path);
  await mark(store, 1);
});

describe('a backup', () => {
  test('is one moment of a store that another process writes to, as one private file', {
    tags: 'process',
  }, async () => {
    const other = await OtherProcess.start();
    const marking = other.ask({ do: 'mark', url: sqliteUrl(path), encryptionKey: KEY, first: 2, count: 400 });
    const began = (await store.db.selectFrom('mark').select('number').execute()).length;
    const { bytes } = await backUp(path, KEY, backup, AT);
    await marking;
    expect(readdirSync(dirname(backup))).toEqual(['备份 1?.db']);
    expect([statSync(backup).size, statSync(backup).mode & 0o777]).toEqual([bytes, 0o600]);
    const { problem, row } = checkFile(backup, KEY, 'select count(*) as marks, max(number) as latest from mark');
    const { marks, latest } = row as { marks: number; latest: number };
    expect([problem, marks >= began, latest]).toEqual([null, true, marks]);
    expect(await numbersIn(store.db)).toHaveLength(401);
  });

  test('replaces no file, and leaves none where it was not made', async () => {
    writeFileSync(backup, 'a shopping list');
    await expect(backUp(path, KEY, backup, AT)).rejects.toThrow(/exists already; a backup replaces no file/);
    expect(readFileSync(backup, 'utf8')).toBe('a shopping list');
    await expect(backUp(path, KEY, join(backup, 'nowhere.db'), AT)).rejects.toMatchObject({ expected: true });

    const disk = mountSmallDisk(1);
    disk.fill();
    const refused = backUp(path, KEY, join(disk.path, 'backup.db'), AT);
    await expect(refused).rejects.toThrow(/^The backup .* was not made: the disk is full\.$/);
    expect(readdirSync(disk.path)).toEqual(['filling']);
    disk.clear();
    writeFileSync(join(disk.path, 'backup.db.part'), 'of a command that was killed');
    await backUp(path, KEY, join(disk.path, 'backup.db'), AT);
    expect(readdirSync(disk.path)).toEqual(['backup.db']);
  });

  test('begins a new generation where it is opened, once, and the store that it is of does not', async () => {
    const { generation } = await generationOf(store);
    await backUp(path, KEY, backup, AT);
    expect(await generationOf(store)).toMatchObject({ generation, replaces: [] });
    const restored = await generationOf(await open(backup));
    expect(restored).toMatchObject({
      generation: expect.not.stringMatching(generation),
      replaces: [generation],
      renewedAt: '2026-11-24T21:30:00',
      backedUpAt: AT,
    });
    expect(await generationOf(await open(backup))).toMatchObject({ generation: restored.generation });
  });
});

describe('a restored backup', () => {
  test('takes the place of the database, names it as replaced, and keeps it', async () => {
    const { generation: first } = await generationOf(store);
    await backUp(path, KEY, backup, AT);
    await mark(store, 2);
    const second = await renewGeneration(store.db, AT);
    await store.close();

    const movedTo = await restoreFile(sqliteUrl(path), KEY, backup, NOW);
    const restored = await open(path);
    expect(await numbersIn(restored.db)).toEqual([1]);
    const { generation, replaces } = await generationOf(restored);
    expect(replaces).toEqual([first, second]);
    await restored.close();

    // The operator goes back to the former database.
    await restoreFile(sqliteUrl(path), KEY, movedTo ?? '', NOW + 1000);
    const former = await open(path);
    expect(await numbersIn(former.db)).toHaveLength(2);
    expect((await generationOf(former)).replaces).toEqual([second, generation, first]);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  test('takes the place of a damaged or missing one', async () => {
    await backUp(path, KEY, backup, AT);
    await store.close();
    DAMAGES['a header of zeros'](path);
    expect(await restoreFile(sqliteUrl(path), KEY, backup, NOW)).toBe(`${path}.replaced-20261124T133000Z`);
    const elsewhere = join(aDirectory(), 'store.db');
    expect(await restoreFile(sqliteUrl(elsewhere), KEY, backup, NOW)).toBe(null);
    for (const file of [path, elsewhere]) expect(await numbersIn((await open(file)).db)).toEqual([1]);
  });
});

describe('a restore that ends before the new file has the name', () => {
  /** The step of a restore that gives the name to the new file, ended where that would get it. */
  function end(): void {
    expect(() => replaceFile(path, `${backup}.missing`, NOW)).toThrow(/ENOENT/);
    expect(existsSync(path)).toBe(true);
  }

  test('leaves the former database in its place, whole', async () => {
    await backUp(path, KEY, backup, AT);
    await mark(store, 2);
    await store.close();
    end();
    const former = await open(path);
    expect(await numbersIn(former.db)).toHaveLength(2);
    await former.close();
    await restoreFile(sqliteUrl(path), KEY, backup, NOW + 1000);
    expect(await numbersIn((await open(path)).db)).toEqual([1]);
  });

  test('is refused while another has the database open with commits in its log', async () => {
    await backUp(path, KEY, backup, AT);
    await mark(store, 2);
    await expect(restoreFile(sqliteUrl(path), KEY, backup, NOW)).rejects.toThrow(/log .* was not taken over/);
    expect(await numbersIn(store.db)).toHaveLength(2);
  });
});

describe('a check', () => {
  test('reads a backup and a closed store, and leaves no file beside them', async () => {
    await backUp(path, KEY, backup, AT);
    await store.close();
    for (const file of [backup, path]) {
      const before = readFileSync(file);
      expect(checkFile(file, KEY, COUNT)).toEqual({ problem: null, row: { marks: 1 } });
      expect(readFileSync(file).equals(before)).toBe(true);
      expect(readdirSync(dirname(file))).toHaveLength(1);
    }
  });

  test('names what is wrong with a file', async () => {
    for (let number = 2; number < 200; number += 1) await sql`insert into mark values (${number}, 7)`.execute(store.db);
    await sql`create table film (name text)`.execute(store.db);
    await sql`insert into film values (${'x'.repeat(400_000)})`.execute(store.db);
    const problemOf = (file: string, key = KEY, asked = COUNT) => checkFile(file, key, asked).problem;
    expect(problemOf(path)).toMatch(/its write-ahead log lies beside it/);
    expect(problemOf(backup)).toBe('there is no such file');
    await backUp(path, KEY, backup, AT);
    expect(problemOf(backup)).toBe(null);
    expect(problemOf(backup, 'ab'.repeat(32))).toMatch(/the database key is another one/);
    expect(problemOf(backup, KEY, 'select 1 from claim')).toBe('it cannot be read (no such table: claim)');
    mkdirSync(`${backup}.d`);
    for (const [name, damage] of Object.entries(DAMAGES)) {
      const damaged = join(`${backup}.d`, 'damaged.db');
      copyFileSync(backup, damaged);
      damage(damaged);
      expect(problemOf(damaged), name).toEqual(expect.any(String));
      expect(readdirSync(`${backup}.d`)).toEqual(['damaged.db']);
    }
  });
});
