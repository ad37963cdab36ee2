import { setTimeout as delay } from 'node:timers/promises';
import { ExpectedError, type Service } from '@ticket-check/runtime';
import { type Store, withTables } from '@ticket-check/storage';
import { leavesOf } from './leaves.ts';
import { LogChangedError, loadLogKeys, type OperationTables } from './log-tables.ts';
import { proveInclusion, verifyInclusion } from './merkle/proofs.ts';
import { type Hash, leafHash } from './merkle/tree.ts';
import type { Checkpoint } from './note.ts';
import { latestCheckpoint, sequence, storedHashes } from './sequence.ts';
import { openCheckpoint, verifyLog } from './verify-log.ts';

export type TransparencyLog = ReturnType<typeof auditLogOf>;

/** The operations of a store as a transparency log; `clock`: epoch milliseconds of this machine. Scheme 5.3.2.2. */
export function auditLogOf<DB extends OperationTables>(opened: Store<DB>, clock: () => number = Date.now) {
  const store: Store<OperationTables> = withTables(opened);
  const { db } = store;

  /** Whether the row of an entry still says what it said when it got its place. */
  async function isAsLogged(index: number, hash: Hash): Promise<boolean> {
    const placed = await db
      .selectFrom('logLeaf')
      .select(['position', 'entry'])
      .where('position', '=', index)
      .executeTakeFirstOrThrow();
    const line = (await leavesOf(store, db, [placed])).get(placed.entry);
    return line !== undefined && leafHash(line).equals(hash);
  }

  /** Gives what waits its places and signs a checkpoint, at most one a second. */
  const sequenceNow = () => sequence(store, clock);

  /** The latest checkpoint as a signed note, and its size; null if none was signed yet. */
  async function checkpoint() {
    const latest = await latestCheckpoint(db);
    return latest === undefined ? null : { ...latest, root: Buffer.from(latest.root, 'base64') };
  }

  return {
    sequence: sequenceNow,
    checkpoint,
    /** Sequences until all that waits now has its place. */
    async catchUp(): Promise<void> {
      for (;;) {
        const came = await sequenceNow();
        if (came.kind === 'nothing' || (came.kind === 'signed' && came.isAll)) return;
        if (came.kind === 'too-soon') await delay(came.waitMs);
      }
    },
    /** The keys that have signed its checkpoints; that of the present generation is the last one. */
    keys: () => loadLogKeys(db),
    /** Reads a checkpoint that was handed out earlier. */
    openCheckpoint: async (note: string) => openCheckpoint(note, await loadLogKeys(db)),
    /**
     * Shows that an entry is in the log, as C2SP tlog-proof.
     * @throws ExpectedError if it has no such entry; LogChangedError, also where its row says something else by now.
     */
    async prove(index: number): Promise<string> {
      const latest = await checkpoint();
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
    verify: (known: Checkpoint | null) => verifyLog(store, known),
  };
}

/** Serves the latest checkpoint of a log on the console. Anyone may ask, so that an auditor needs no login: it holds no entries. */
export function serveCheckpoint(service: Service, log: Pick<TransparencyLog, 'checkpoint'>): void {
  const headers = { 'cache-control': 'no-store', 'content-type': 'text/plain; charset=utf-8' };
  service.pages((console) => {
    console.get('/log/checkpoint', async (_, reply) => {
      const latest = await log.checkpoint();
      if (latest === null) return reply.code(404).headers(headers).send('No checkpoint was signed yet.\n');
      return reply.headers(headers).send(latest.note);
    });
  });
}
