import { parseWallClock } from '@ticket-check/protocol';
import { makeBoxOffice } from '@ticket-check/simulators/box-office';
import { expect, test } from 'vitest';
import { shanghaiTime } from '../../testing/client.ts';
import { checkRecord, sellTicket } from '../../testing/tickets.ts';
import type { Broken } from '../report.ts';
import type { Kept } from './evidence.ts';
import { judgeStores } from './stores.ts';

const checkTime = parseWallClock(shanghaiTime());
const ticket = sellTicket(makeBoxOffice({ now: checkTime }));
const { filmTicketCode } = ticket;
const ofAPeer = { CheckTime: checkTime, RecordId: 'a record of a peer', Quarantined: false };
const record = checkRecord(ticket, ofAPeer) as unknown as Kept;

function judge(kept: number, confirmed: boolean | null, undone = new Set<string>()) {
  const records = Array.from({ length: kept }, () => record);
  const flagged = { 'national-platform': new Set<string>(), 'third-party-platform': new Set<string>() };
  const of = { national: records, thirdParty: records, own: new Map(), scans: [], undone, opened: new Set<string>() };
  const reported = confirmed === null ? [] : [{ filmTicketCode, checkTime, confirmed }];
  const broken: Broken = { lost: 0, doubledUnflagged: 0, failures: [] };
  judgeStores({ ...of, flagged }, [ticket], { reported, isClockRight: () => true }, broken);
  return broken;
}

const HELD: Broken = { lost: 0, doubledUnflagged: 0, failures: [] };

test('a report that was cut off may have been kept, once, or not', () => {
  expect(judge(0, false)).toEqual(HELD);
  expect(judge(1, false)).toEqual(HELD);
  expect(judge(2, false)).toEqual({ ...HELD, doubledUnflagged: 1 });
});

test('a confirmed report is kept, and what nobody reported is not', () => {
  expect(judge(1, true)).toEqual(HELD);
  expect(judge(0, true)).toEqual({ ...HELD, lost: 1 });
  expect(judge(1, null).failures).toContain('1 records at the national platform were admitted by no terminal');
});

test('an entry that its terminal undid is undone at both platforms', () => {
  expect(judge(1, true, new Set([record.RecordId])).failures).toEqual(
    ['national', 'third-party'].map((of) => expect.stringContaining(`stands at the ${of} platform`)),
  );
});
