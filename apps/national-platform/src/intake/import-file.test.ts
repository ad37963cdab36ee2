import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeSqlite } from '@ticket-check/storage/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type NationalStore, type NationalTables, nationalMigrations } from '../database.ts';
import { CINEMAS, countRows, makeTicket, NOW, ticketJson } from '../testing/test-cinema.ts';
import { type ImportSource, importFile, openImportSource } from './import-file.ts';
import { importRows } from './import-rows.ts';
import { cinemaKind, type RowKind, ticketKind } from './kinds.ts';

const ticketLine = (number: number) => JSON.stringify(ticketJson(makeTicket(number)));
const ticketLines = (count: number) => Array.from({ length: count }, (_, number) => ticketLine(number));

describeSqlite('importFile', ({ open }) => {
  let store: NationalStore;
  let directory: string;
  const intake = () => ({ store, now: () => NOW });

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'import-file-'));
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));
  beforeEach(async () => {
    store = await open<NationalTables>(nationalMigrations);
    await importRows(cinemaKind, intake(), CINEMAS);
  });

  /** Imports lines from a file of their own. */
  async function take<Row, Unread>(kind: RowKind<Row, Unread>, lines: readonly string[]) {
    const path = join(directory, 'rows.ndjson');
    await writeFile(path, lines.join('\n'));
    const source = await openImportSource(path);
    try {
      return await importFile(kind, intake(), source);
    } finally {
      await source.close();
    }
  }

  /** Imports lines from a stream that can be read once, such as standard input. */
  function pour<Row, Unread>(kind: RowKind<Row, Unread>, lines: readonly string[]) {
    async function* read() {
      for (const line of lines) yield Buffer.from(`${line}\n`);
    }
    const source: ImportSource = { name: 'standard input', rereadable: false, read, close: async () => {} };
    return importFile(kind, intake(), source);
  }

  const count = (table: 'ticket') => countRows(store, table);

  it('imports a file in chunks, and changes nothing the second time', async () => {
    const lines = ticketLines(2500);
    expect(await take(ticketKind, lines)).toEqual({ imported: 2500, unchanged: 0 });
    expect(await count('ticket')).toBe(2500);
    expect(await take(ticketKind, lines)).toEqual({ imported: 0, unchanged: 2500 });
    expect(await take(ticketKind, [])).toEqual({ imported: 0, unchanged: 0 });
    expect(await take(ticketKind, ['', ...lines.slice(0, 3), '', ticketLine(9999)])).toEqual({
      imported: 1,
      unchanged: 3,
    });
  });

  it('imports nothing of a file with a bad line, and names the line, the element and the code', async () => {
    const lines = ticketLines(1500);
    lines[1233] = JSON.stringify({ ...ticketJson(makeTicket(1233)), Price: 45.005 });
    await expect(take(ticketKind, lines)).rejects.toThrow(
      /^Line 1234 of \S+rows\.ndjson: Price .+ \(INVALID_PRICE\)\. Nothing was imported; correct it and import again\.$/,
    );
    expect(await count('ticket')).toBe(0);
  });

  it('says how much of a file was imported before a row that is refused', async () => {
    const stranger = JSON.stringify({ ...ticketJson(makeTicket(1)), CinemaCode: '99999999' });
    await expect(take(ticketKind, [...ticketLines(1200), stranger])).rejects.toThrow(
      /^Line 1201 .+ CinemaCode 99999999 .+ \(CINEMA_UNKNOWN\)\. Lines 1 to 1000 were imported/,
    );
    expect(await count('ticket')).toBe(1000);
  });

  it('says how much of a stream was imported before a bad line; running it again is safe', async () => {
    const lines = ticketLines(2600);
    const broken = lines.with(2499, '{"CinemaCode":');
    await expect(pour(ticketKind, broken)).rejects.toThrow(
      /^Line 2500 of standard input: it is not JSON \(INVALID_JSON\)\. Lines 1 to 2000 were imported and nothing after them/,
    );
    expect(await count('ticket')).toBe(2000);
    expect(await pour(ticketKind, lines)).toEqual({ imported: 600, unchanged: 2000 });
  });

  it('reads no further ahead than a chunk or two, however long the stream', { tags: 'slow' }, async () => {
    let produced = 0;
    let furthest = 0;
    async function* read() {
      for (; produced < 20_000; produced += 1) yield Buffer.from(`${ticketLine(produced)}\n`);
    }
    const source: ImportSource = { name: 'a long stream', rereadable: false, read, close: async () => {} };
    const total = await importFile(ticketKind, intake(), source, (imported) => {
      furthest = Math.max(furthest, produced - imported);
    });
    expect(total).toEqual({ imported: 20_000, unchanged: 0 });
    expect(furthest).toBeLessThan(2000);
  });
});

describe('openImportSource', () => {
  it('says which file cannot be read', async () => {
    await expect(openImportSource('/nowhere/tickets.ndjson')).rejects.toThrow(
      '/nowhere/tickets.ndjson cannot be read (ENOENT)',
    );
    await expect(openImportSource(tmpdir())).rejects.toThrow('is a directory');
  });
});
