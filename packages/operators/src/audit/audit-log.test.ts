import { describeEachEngine } from '@ticket-check/storage/testing';
import { expect, it } from 'vitest';
import { recordEvent } from '../operation.ts';
import { auditLine } from '../transparency-log/leaves.ts';
import { type OperationRow, type OperationTables, operationMigrations } from '../transparency-log/log-tables.ts';
import { auditLogOf } from '../transparency-log/transparency-log.ts';
import { type AuditPlace, type AuditSearch, listActors, listAudit, searchAudit } from './audit-log.ts';

const BEGAN = Date.parse('2026-11-26T08:00:00+08:00');

describeEachEngine('the search in the audit', (engine) => {
  async function setUp() {
    const store = await engine.open<OperationTables>(operationMigrations);
    const done = ['operator add', 'login', 'operator', 'login failed', 'operator disable', 'operators', 'login'];
    for (const [n, name] of done.entries()) {
      const actor = n % 2 === 0 ? 'anna' : "bert' or '1'='1";
      // Two a second: their order is that in which they were written.
      const now = () => BEGAN + Math.floor(n / 2) * 1000;
      await recordEvent(store, { name, actor, from: null, what: { n }, now, failed: false });
    }
    /** What is found, a part of two after the other. */
    async function find(asked: AuditSearch): Promise<number[]> {
      const found: number[] = [];
      let after: AuditPlace | null = null;
      for (;;) {
        const part: Awaited<ReturnType<typeof searchAudit>> = await searchAudit(store, asked, { after, limit: 2 });
        found.push(...part.map(({ line }) => JSON.parse(line).What.n));
        after = part.at(-1) ?? null;
        if (part.length < 2) return found;
      }
    }
    return { store, find };
  }

  it('finds by time, person and name, newest first, part by part', async () => {
    const { find } = await setUp();
    expect(await find({})).toEqual([6, 5, 4, 3, 2, 1, 0]);
    expect(await find({ since: '2026-11-26T08:00:01', until: '2026-11-26T08:00:02' })).toEqual([5, 4, 3, 2]);
    expect(await find({ actor: 'anna' })).toEqual([6, 4, 2, 0]);
    expect(await find({ actor: "bert' or '1'='1", until: '2026-11-26T08:00:01' })).toEqual([3, 1]);
    expect(await find({ name: 'operator' })).toEqual([4, 2, 0]);
    expect(await find({ name: 'login' })).toEqual([6, 3, 1]);
    expect(await find({ name: '%' })).toEqual([]);
  });

  it('names everybody who did something, unless they are too many to choose from', async () => {
    const { store } = await setUp();
    expect(await listActors(store)).toEqual(['anna', "bert' or '1'='1"]);
    const times = { beganAt: '2026-11-26T09:00:00', endedAt: null, of: null, from: null, before: null, after: null };
    const others = Array.from({ length: 199 }, (_, n) => ({ ...times, id: `${n}`, actor: `c${n}` }));
    const rows = others.map((other) => ({ ...other, name: 'login', what: '{}', failed: 0 }));
    await store.db.insertInto('operation').values(rows).execute();
    expect(await listActors(store)).toBeNull();
  });

  it('gives each the place and the very line that it has in the log', async () => {
    const { store } = await setUp();
    const search = () => searchAudit(store, {}, { after: null, limit: 10 });
    expect((await search()).map(({ index }) => index)).toEqual(Array(7).fill(null));
    await auditLogOf(store).catchUp();
    const lines: string[] = [];
    for await (const line of listAudit(store.db, {})) lines.push(line);
    expect((await search()).toReversed().map(({ line }) => line)).toEqual(lines);
    expect((await search()).map(({ index }) => index)).toEqual([6, 5, 4, 3, 2, 1, 0]);
  });
});

const row: OperationRow = {
  id: '019ac0de-0000-7000-8000-000000000001',
  name: 'claims release',
  actor: 'li.wei',
  from: '192.0.2.7',
  beganAt: '2026-11-26T12:00:00',
  endedAt: '2026-11-26T12:00:01',
  of: null,
  failed: 0,
  what: '{"reason":"闸机 3 \\"故障\\""}',
  before: null,
  after: '{"b":1,"a":2}',
};

// The leaf of the log: another form of the same would be another leaf, and no log that was kept would fit any more.
it('is a line whose members and order are fixed for good', () => {
  expect(auditLine(7, row)).toBe(
    '{"Index":7,"Id":"019ac0de-0000-7000-8000-000000000001","Name":"claims release","Actor":"li.wei","From":"192.0.2.7","BeganAt":"2026-11-26T12:00:00","EndedAt":"2026-11-26T12:00:01","Of":null,"Failed":false,"What":{"reason":"闸机 3 \\"故障\\""},"Before":null,"After":{"b":1,"a":2}}',
  );
});

it('shows a change of each of its columns', () => {
  const changes: Partial<OperationRow>[] = [
    { id: 'x' },
    { name: 'x' },
    { actor: 'x' },
    { from: null },
    { beganAt: 'x' },
    { endedAt: null },
    { of: 'x' },
    { failed: 1 },
    { what: `${row.what} ` },
    { before: '{}' },
    { after: null },
  ];
  const lines = [auditLine(7, row), auditLine(8, row), ...changes.map((change) => auditLine(7, { ...row, ...change }))];
  expect(new Set(lines).size).toBe(lines.length);
});

it('has no character that makes a line look like another', () => {
  expect(auditLine(7, { ...row, actor: 'a\u2028\n\u202eb' })).toContain('"Actor":"a\\u2028\\n\\u202eb"');
});
