import { expect, it } from 'vitest';
import type { OperationRow } from '../migrations.ts';
import { auditLine } from './audit-log.ts';

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
