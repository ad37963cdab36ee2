import { createPrivateKey } from 'node:crypto';
import type { Store } from '@ticket-check/storage';
import { describeEachEngine } from '@ticket-check/storage/testing';
import { sql } from 'kysely';
import { beforeEach, describe, expect, it } from 'vitest';
import { tamper } from '../testing/index.ts';
import { auditLine } from './leaves.ts';
import { type OperationTables, operationMigrations, originOf } from './log-tables.ts';
import { createTreeBuilder, leafHash } from './merkle/tree.ts';
import { checkpointText, makeNoteKey, noteSigner, signNote } from './note.ts';
import { addDeeds, deed, ids, tickingClock } from './testing/deeds.ts';
import { auditLogOf, type TransparencyLog } from './transparency-log.ts';

const hashOf = (leaf: string) => leafHash(leaf).toString('base64');

describeEachEngine('a log that somebody changed', (engine) => {
  let store: Store<OperationTables>;
  let log: TransparencyLog;

  // Three checkpoints: of 100, 300 and 310 entries.
  beforeEach(async () => {
    store = await engine.open<OperationTables>(operationMigrations);
    log = auditLogOf(store, tickingClock());
    for (const [count, from] of [
      [100, 0],
      [200, 100],
      [10, 300],
    ] as const) {
      await addDeeds(store.db, ids(count, from));
      await log.sequence();
    }
  });
  const faults = async () => (await log.verify(null)).faults;

  it('is whole before that', async () => {
    expect(await log.verify(null)).toMatchObject({ checkpoint: { size: 310 }, faults: [] });
  });

  it('does not start over if its tables were emptied, and reports that', async () => {
    for (const table of ['operation', 'log_pending', 'log_leaf', 'log_node', 'log_checkpoint', 'log_key'])
      await tamper(store, table, `delete from ${table}`);
    await addDeeds(store.db, ids(1, 900));
    await expect(log.sequence()).rejects.toThrow('The keys of the log are gone: somebody changed the database');
    expect((await faults()).map(({ sentence }) => sentence)).toEqual([expect.stringContaining('were emptied')]);
  });

  it.each([
    ['update operation set name = name', 'operation'],
    ["update log_leaf set hash = ''", 'log_leaf'],
    ['delete from log_leaf', 'log_leaf'],
    ["update log_node set hash = ''", 'log_node'],
    ['delete from log_checkpoint', 'log_checkpoint'],
    ["update log_key set private_key = ''", 'log_key'],
  ])('refuses it through SQL: %s', async (statement, table) => {
    await expect(sql.raw(statement).execute(store.db)).rejects.toThrow(`${table} is only ever added to`);
    expect(await faults()).toEqual([]);
  });

  describe('is found, with the first entry that differs:', () => {
    const [row, did, leaf] = ['where id = ', 'update operation set', 'update log_leaf set'];
    const insert =
      "insert into operation (id, name, actor, began_at, failed, what) values ('000999', 'did', 'anna', '2026', 0, '{}')";
    const cases: [what: string, changes: string[], index: number | null, sentence: RegExp][] = [
      [
        'a row edited',
        ['200', '123'].map((id) => `${did} name = 'did nothing' ${row} '000${id}'`),
        ...([123, /^Entry 123 \(000123\) was changed/] as const),
      ],
      ['a row removed', [`delete from operation ${row} '000123'`], 123, /^Entry 123 \(000123\) was deleted/],
      [
        'a row and the hash of its leaf edited',
        [
          `${did} name = 'did nothing' ${row} '000123'`,
          `${leaf} hash = '${hashOf(auditLine(123, { ...deed('000123'), name: 'did nothing' }))}' where entry = '000123'`,
        ],
        ...([100, /^Entries 100 to 299 are not what was signed/] as const),
      ],
      [
        'a row and its place removed',
        [`delete from operation ${row} '000123'`, "delete from log_leaf where entry = '000123'"],
        ...([123, /^The place of entry 123 is gone/] as const),
      ],
      [
        'two rows exchanged',
        [
          ['x', '000123'],
          ['000123', '000124'],
          ['000124', 'x'],
        ].map(([to, from]) => `${did} id = '${to}' ${row} '${from}'`),
        ...([123, /^Entry 123 \(000123\) was changed/] as const),
      ],
      ['the end of the rows cut off', ["delete from operation where id >= '000305'"], 305, /^Entry 305 .* was deleted/],
      [
        'the end of the rows and of their places cut off',
        ["delete from operation where id >= '000305'", 'delete from log_leaf where position >= 305'],
        ...([305, /^The end was cut off: entries 305 to 309/] as const),
      ],
      ['checkpoints removed', ['delete from log_checkpoint where number = 1'], 100, /^Checkpoint 1, .* is gone/],
      ['the latest one removed', ['delete from log_checkpoint where number = 2'], 300, /no checkpoint was signed for/],
      ['a checkpoint moved', ['update log_checkpoint set size = 99 where number = 1'], 100, /^Checkpoint 1, /],
      ['a hash of the tree edited', [`update log_node set hash = ''`], 0, /^A stored hash over the entries from 0/],
      ['a hash of the tree removed', ['delete from log_node'], 0, /^A stored hash over the entries from 0/],
      ['a row written past the log', [insert], null, /^Operation 000999 was never entered/],
      [
        'a row with a place before the first',
        [insert, "insert into log_leaf (position, entry, hash) values (-1, '000999', '')"],
        ...([null, /^Operation 000999 was never entered/] as const),
      ],
      [
        'a row removed before it had its place',
        ["insert into log_pending (entry) values ('000998')"],
        ...([null, /^Operation 000998 was deleted before/] as const),
      ],
    ];

    it.each(cases)('%s', async (_, changes, index, sentence) => {
      for (const statement of changes)
        await tamper(store, /(?:operation|log_\w+)/.exec(statement)?.[0] ?? '', statement);
      expect(await faults()).toEqual([{ index, sentence: expect.stringMatching(sentence) }]);
    });

    it('a checkpoint forged with another key', async () => {
      const origin = originOf(store.generation);
      const forger = noteSigner(origin, createPrivateKey(makeNoteKey()));
      const { root } = await store.db
        .selectFrom('logCheckpoint')
        .select('root')
        .where('number', '=', 2)
        .executeTakeFirstOrThrow();
      const note = signNote(checkpointText({ origin, size: 310, root: Buffer.from(root, 'base64') }), forger);
      await tamper(store, 'log_checkpoint', `update log_checkpoint set note = '${note}' where number = 2`);
      expect(await faults()).toMatchObject([{ index: 300 }]);
    });
  });

  it('signs nothing over what was changed', async () => {
    await tamper(store, 'log_leaf', `update log_leaf set hash = '${hashOf('other')}' where position = 309`);
    await addDeeds(store.db, ['000400']);
    await expect(log.sequence()).rejects.toThrow('nothing is signed over that');
    await expect(log.prove(0)).rejects.toThrow('do not make the root that was signed');
    await tamper(store, 'log_leaf', 'delete from log_leaf where position >= 309');
    await expect(log.sequence()).rejects.toThrow('The log lacks hashes');
    await expect(log.prove(0)).rejects.toThrow('The log lacks hashes');
    expect((await log.checkpoint())?.size).toBe(310);
  });

  it('goes on behind a row that was removed before it had its place', async () => {
    await addDeeds(store.db, ['000400', '000401']);
    await tamper(store, 'operation', "delete from operation where id = '000400'");
    expect(await log.sequence()).toMatchObject({ kind: 'signed', size: 311 });
    expect((await faults())[0]?.sentence).toMatch(/^Operation 000400 was deleted before/);
  });

  it('is found by a checkpoint that was handed out, if all of it was recomputed with its own key', async () => {
    const known = await log.openCheckpoint((await log.checkpoint())?.note ?? '');
    if ('fault' in known) throw new Error(known.fault);
    expect((await log.verify(known)).faults).toEqual([]);
    // The end is cut off, with every trace of it.
    await tamper(store, 'operation', "delete from operation where id >= '000300'");
    await tamper(store, 'log_leaf', 'delete from log_leaf where position >= 300');
    await tamper(store, 'log_checkpoint', 'delete from log_checkpoint where number = 2');
    expect(await log.verify(null)).toMatchObject({ checkpoint: { size: 300 }, faults: [] });
    expect((await log.verify(known)).faults[0]?.sentence).toMatch(/given has 310 entries, and the log has 300/);
    // Other entries take their place.
    await addDeeds(store.db, ids(10, 500));
    await log.sequence();
    expect(await faults()).toEqual([]);
    expect((await log.verify(known)).faults[0]?.sentence).toMatch(/^The first 310 entries are not those/);
  });

  it('takes no checkpoint of another log, nor one that was changed', async () => {
    const note = (await log.checkpoint())?.note ?? '';
    expect(await log.openCheckpoint(note.replace('\n310\n', '\n309\n'))).toEqual({ fault: 'wrong-signature' });
    expect(await log.openCheckpoint('hello\n')).toEqual({ fault: 'malformed' });
    const tree = createTreeBuilder();
    const other = noteSigner('example.com/log', createPrivateKey(makeNoteKey()));
    const text = checkpointText({ origin: other.name, size: 0, root: tree.root() });
    expect(await log.openCheckpoint(signNote(text, other))).toEqual({ fault: 'unknown-key' });
  });
});
