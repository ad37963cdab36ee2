import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { renewGeneration, type Store } from '@ticket-check/storage';
import { describeBehindPooler, describeEachEngine } from '@ticket-check/storage/testing';
import { beforeEach, expect, it } from 'vitest';
import { auditLine } from './leaves.ts';
import { type OperationTables, operationMigrations } from './log-tables.ts';
import { verifyInclusion } from './merkle/proofs.ts';
import { leafHash } from './merkle/tree.ts';
import { openNote, verifierKeyText } from './note.ts';
import { addDeeds, deed, ids, tickingClock } from './testing/deeds.ts';
import { verifierOf } from './testing/go-vectors.ts';
import { auditLogOf, type TransparencyLog } from './transparency-log.ts';

const leafAt = (index: number) => auditLine(index, deed(String(index).padStart(6, '0')));

describeEachEngine('a transparency log', (engine) => {
  let store: Store<OperationTables>;
  let log: TransparencyLog;
  const clock = { at: 0 };

  beforeEach(async () => {
    store = await engine.open<OperationTables>(operationMigrations);
    clock.at = 1_800_000_000_000;
    log = auditLogOf(store, () => clock.at);
  });

  async function logged(count: number, from = 0): Promise<void> {
    await addDeeds(store.db, ids(count, from));
    clock.at += 1000;
    await log.sequence();
  }

  it('gives each row a place and signs a checkpoint, with which its proofs are verified by themselves', async () => {
    await logged(300);
    await logged(5, 300);
    const [key] = await log.keys();
    const vkey = verifierOf(verifierKeyText(key!));
    for (const index of [0, 255, 256, 304]) {
      const [proof = '', text = '', signatures = ''] = (await log.prove(index)).split('\n\n');
      const [version, place, ...path] = proof.split('\n');
      expect([version, place]).toEqual(['c2sp.org/tlog-proof@v1', `index ${index}`]);
      const opened = openNote(`${text}\n\n${signatures}`, [vkey]);
      const [origin, size, root] = ('text' in opened ? opened.text : '').split('\n');
      expect([origin, size]).toEqual([`ticket-check/audit/${store.generation}`, '305']);
      const claim = { index, size: 305, root: Buffer.from(root!, 'base64'), leaf: leafHash(leafAt(index)) };
      const hashes = path.map((hash) => Buffer.from(hash, 'base64'));
      expect(verifyInclusion(hashes, claim)).toBe(true);
    }
    expect(await log.verify(null)).toMatchObject({ checkpoint: { size: 305 }, faults: [] });
    await expect(log.prove(305)).rejects.toThrow('there is none 305');
  });

  it('signs at most once a second, and writes nothing where there is nothing', async () => {
    const checkpoints = async () => (await store.db.selectFrom('logCheckpoint').selectAll().execute()).length;
    expect(await log.sequence()).toEqual({ kind: 'signed', size: 0, isAll: true });
    await addDeeds(store.db, ids(1));
    clock.at += 300;
    expect(await log.sequence()).toEqual({ kind: 'too-soon', waitMs: 700 });
    expect(await checkpoints()).toBe(1);
    clock.at += 700;
    expect(await log.sequence()).toEqual({ kind: 'signed', size: 1, isAll: true });
    clock.at += 10_000;
    expect(await log.sequence()).toEqual({ kind: 'nothing' });
    expect(await checkpoints()).toBe(2);
    // A clock that was set back holds nothing up.
    await addDeeds(store.db, ids(1, 1));
    clock.at -= 3_600_000;
    expect(await log.sequence()).toMatchObject({ kind: 'signed', size: 2 });
  });

  it('takes what waits in slices until all of it has its place', { tags: 'slow' }, async () => {
    const ticking = auditLogOf(store, tickingClock());
    for (let from = 0; from < 4500; from += 500) await addDeeds(store.db, ids(500, from));
    expect(await ticking.sequence()).toEqual({ kind: 'signed', size: 2000, isAll: false });
    await ticking.catchUp();
    expect((await ticking.checkpoint())?.size).toBe(4500);
    expect((await ticking.verify(null)).faults).toEqual([]);
  });

  it('continues as another log when the data begin a new generation, and knows the checkpoints of the one before', async () => {
    await logged(3);
    const before = await log.checkpoint();
    await renewGeneration(store.db, '2026-11-26T12:00:00');
    await logged(2, 3);
    const after = await log.checkpoint();
    expect(after?.note.split('\n')[0]).not.toBe(before?.note.split('\n')[0]);
    expect(await log.keys()).toHaveLength(2);
    const known = await log.openCheckpoint(before!.note);
    if ('fault' in known) throw new Error(known.fault);
    expect(await log.verify(known)).toMatchObject({ checkpoint: { size: 5 }, faults: [] });
  });

  it('is one tree where two processes do things and sequence them at once', { tags: ['process', 'slow'] }, async () => {
    const url = await engine.url();
    await engine.open<OperationTables>(operationMigrations, url);
    const program = fileURLToPath(new URL('./testing/sequencer-main.ts', import.meta.url));
    const exits = ['a', 'b'].map(async (name) => {
      const child = spawn(process.execPath, [program, url, engine.encryptionKey, name, '60'], { stdio: 'inherit' });
      const [code] = await once(child, 'exit');
      return code;
    });
    expect(await Promise.all(exits)).toEqual([0, 0]);
    const whole = auditLogOf(await engine.open<OperationTables>(operationMigrations, url));
    await whole.catchUp();
    const { checkpoint, faults } = await whole.verify(null);
    expect([checkpoint?.size, faults]).toEqual([120, []]);
  });
});

describeBehindPooler('entries of transactions that run side by side', (engine) => {
  it('wait for nobody, and get their places when their transactions end', async () => {
    const store = await engine.open<OperationTables>(operationMigrations);
    const log = auditLogOf(store, tickingClock());
    const [begun, mayEnd] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const slow = store.transaction(async (trx) => {
      await addDeeds(trx, ['000001']);
      begun.resolve();
      await mayEnd.promise;
    });
    await begun.promise;
    await addDeeds(store.db, ['000002']);
    expect(await log.sequence()).toMatchObject({ kind: 'signed', size: 1 });
    mayEnd.resolve();
    await slow;
    expect(await log.sequence()).toMatchObject({ kind: 'signed', size: 2 });
    const places = await store.db.selectFrom('logLeaf').select('entry').orderBy('position').execute();
    expect(places.map(({ entry }) => entry)).toEqual(['000002', '000001']);
    expect((await log.verify(null)).faults).toEqual([]);
  });
});
