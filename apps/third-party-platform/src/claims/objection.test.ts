import { addSeconds, type ClaimEntry, parseRecordId } from '@ticket-check/protocol';
import { expect, test } from 'vitest';
import { makeUkey, sellTicket } from '../testing/test-cinema.ts';
import { objectionAbove } from './objection.ts';

const { info } = sellTicket(makeUkey());
const [ours, theirs] = [1, 2].map((n) => parseRecordId(`019a0000-0000-7000-8000-00000000000${n}`)) as [
  ClaimEntry['recordId'],
  ClaimEntry['recordId'],
];
const entryOf = (recordId: typeof ours) => ({ recordId, checkTime: addSeconds(info.startTime, 0), gate: '' });

test('nothing stands against a ticket whose state is fine, not known, or unknown to the national platform', () => {
  for (const state of [info, null, 'unknown-ticket'] as const) expect(objectionAbove(state, ours)).toBeNull();
  expect(objectionAbove({ ...info, checkStatus: 'unknown', refundStatus: 'unknown' }, ours)).toBeNull();
});

test('a refund does, and outweighs an entry', () => {
  const refunded = { ...info, refundStatus: 'Yes', checkStatus: 'Yes', entry: entryOf(theirs) } as const;
  expect(objectionAbove(refunded, ours)).toEqual({ kind: 'refunded' });
});

test('an entry does, unless it is the very record that claims', () => {
  const entered = (recordId: typeof ours) => ({ ...info, checkStatus: 'Yes', entry: entryOf(recordId) }) as const;
  expect(objectionAbove(entered(theirs), ours)).toEqual({ kind: 'entered', entry: entryOf(theirs) });
  expect(objectionAbove(entered(ours), ours)).toBeNull();
  expect(objectionAbove({ ...info, checkStatus: 'Yes' }, ours)).toEqual({ kind: 'entered', entry: null });
});
