import { setTimeout as delay } from 'node:timers/promises';
import { ExpectedError, type Service } from '@ticket-check/runtime';
import { type Store, withTables } from '@ticket-check/storage';
import type { Kysely } from 'kysely';
import { LogChangedError, type LoggedTable, type LogTables, loadLogKeys } from './log-tables.ts';
import { proveConsistency, proveInclusion, verifyInclusion } from './merkle/proofs.ts';
import { type Hash, leafHash, TILE_WIDTH } from './merkle/tree.ts';
import type { Checkpoint, NoteFault, NoteVerifier } from './note.ts';
import { latestCheckpoint, type Sequenced, sequence, storedHashes } from './sequence.ts';
import { openCheckpoint, type VerifiedLog, verifyLog } from './verify-log.ts';

/** Some hashes of a level: `width` of them, from `index * 256` on. */
type NamedTile = { readonly level: number; readonly index: number; readonly width: number };

/** The log of a table of one store. */
export type TransparencyLog = {
  /** Gives what waits its places and signs a checkpoint, at most one a second. */
  sequence(): Promise<Sequenced>;
  /** The same until all that waits now has its place. */
  catchUp(): Promise<void>;
  /** The latest checkpoint as a signed note, and its size; null if none was signed yet. */
  checkpoint(): Promise<(Checkpoint & { readonly note: string }) | null>;
  /** The keys that have signed its checkpoints; that of the present generation is the last one. */
  keys(): Promise<readonly NoteVerifier[]>;
  /** Reads a checkpoint that was handed out earlier. */
  openCheckpoint(note: string): Promise<Checkpoint | { readonly fault: NoteFault }>;
  /**
   * Shows that an entry is in the log, as C2SP tlog-proof.
   * @throws ExpectedError if it has no such entry; LogChangedError, also where its row says something else by now.
   */
  prove(index: number): Promise<string>;
  /** Shows that its first `size` entries continue its first `before`. RFC 6962, 2.1.2. @throws LogChangedError. */
  proveConsistency(before: number, size: number): Promise<Hash[]>;
  /** Recomputes all of it (`verifyLog`). */
  verify(known: Checkpoint | null): Promise<VerifiedLog>;
  /**
   * A tile of C2SP tlog-tiles: its hashes, one after the other. Null if no checkpoint covers them. Read beside what else
   * goes on in the database (`reports`).
   * @throws LogChangedError
   */
  tile(named: NamedTile): Promise<Buffer | null>;
};

/** @param clock epoch milliseconds of this machine */
export function createTransparencyLog<DB extends LogTables>(
  store: Store<DB>,
  logged: LoggedTable<DB>,
  clock: () => number = Date.now,
): TransparencyLog {
  const db: Kysely<LogTables> = withTables(store.db);

  /** Whether the row of an entry still says what it said when it got its place. */
  async function isAsLogged(index: number, hash: Hash): Promise<boolean> {
    const placed = await db
      .selectFrom('logLeaf')
      .select(['position', 'entry'])
      .where('position', '=', index)
      .executeTakeFirstOrThrow();
    const line = (await logged.leaves(store.db, [placed])).get(placed.entry);
    return line !== undefined && leafHash(line).equals(hash);
  }

  const log: TransparencyLog = {
    sequence: () => sequence(store, logged, clock),
    async catchUp() {
      for (;;) {
        const came = await log.sequence();
        if (came.kind === 'nothing' || (came.kind === 'signed' && came.isAll)) return;
        if (came.kind === 'too-soon') await delay(came.waitMs);
      }
    },
    async checkpoint() {
      const latest = await latestCheckpoint(db);
      return latest === undefined ? null : { ...latest, root: Buffer.from(latest.root, 'base64') };
    },
    keys: () => loadLogKeys(db),
    openCheckpoint: async (note) => openCheckpoint(note, await loadLogKeys(db)),
    async prove(index) {
      const latest = await log.checkpoint();
      if (latest === null || index >= latest.size) {
        throw new ExpectedError(`The log has ${latest?.size ?? 0} entries, counted from 0: there is none ${index}.`);
      }
      const read = storedHashes(db);
      const [path, [leaf]] = await Promise.all([proveInclusion(read, index, latest.size), read(0, index, 1)]);
      const { size, root } = latest;
      if (leaf === undefined || !verifyInclusion(path, { index, size, leaf, root })) {
        throw new LogChangedError('The hashes of the log do not make the root that was signed');
      }
      if (!(await isAsLogged(index, leaf))) {
        throw new LogChangedError(`Entry ${index} is not the one that was signed`);
      }
      const hashes = path.map((hash) => `${hash.toString('base64')}\n`).join('');
      return `c2sp.org/tlog-proof@v1\nindex ${index}\n${hashes}\n${latest.note}`;
    },
    proveConsistency: (before, size) => proveConsistency(storedHashes(db), before, size),
    verify: (known) => verifyLog(store, logged, known),
    async tile({ level, index, width }) {
      const reports: Kysely<LogTables> = withTables(store.reports);
      const latest = await latestCheckpoint(reports);
      const [from, kept] = [index * TILE_WIDTH, Math.floor((latest?.size ?? 0) / TILE_WIDTH ** level)];
      if (from + width > kept) return null;
      return Buffer.concat(await storedHashes(reports)(level, from, width));
    },
  };
  return log;
}

/**
 * A tile as C2SP tlog-tiles names it: its level, its index in parts of three digits, the first of several not 000, and the
 * width of a partial one.
 */
const TILE = /^(0|[1-9]\d?)\/((?:x(?!000)\d{3}\/(?:x\d{3}\/)*)?\d{3})(?:\.p\/([1-9]\d{0,2}))?$/;
const NO_SNIFFING = { 'x-content-type-options': 'nosniff' };
const TEXT = { ...NO_SNIFFING, 'cache-control': 'no-store', 'content-type': 'text/plain; charset=utf-8' };
const HASHES = {
  ...NO_SNIFFING,
  'cache-control': 'public, max-age=31536000, immutable',
  'content-type': 'application/octet-stream',
};

/**
 * Serves a log on the console as C2SP tlog-tiles says: `/log/checkpoint` and `/log/tile/…`. Anyone may ask, so that a witness
 * needs no login: only hashes are served, never entries.
 */
export function serveLog(service: Service, log: TransparencyLog): void {
  service.pages((console) => {
    console.get('/log/checkpoint', async (_, reply) => {
      const latest = await log.checkpoint();
      if (latest === null) return reply.code(404).headers(TEXT).send('No checkpoint was signed yet.\n');
      return reply.headers(TEXT).send(latest.note);
    });
    console.get<{ Params: { '*': string } }>('/log/tile/*', async (request, reply) => {
      const named = parseTile(request.params['*']);
      const tile = named === null ? null : await log.tile(named);
      if (tile === null) return reply.code(404).headers(TEXT).send('There is no such tile.\n');
      return reply.headers(HASHES).send(tile);
    });
  });
}

function parseTile(path: string): NamedTile | null {
  const [, level, index = '', width = String(TILE_WIDTH)] = TILE.exec(path) ?? [];
  const tile = { level: Number(level), index: Number(index.replaceAll(/[x/]/g, '')), width: Number(width) };
  const isTile = level !== undefined && tile.level < 64 && Number.isSafeInteger(tile.index * TILE_WIDTH);
  return isTile && (path.includes('.p/') ? tile.width < TILE_WIDTH : true) ? tile : null;
}
