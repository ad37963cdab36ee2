import { describe, expect, it } from 'vitest';
import { throughJson } from '../testing/samples.ts';
import { refusalOf } from '../testing/vectors.ts';
import { parseBusinessDate, parseWallClock } from '../time.ts';
import { parseQuery } from './parse-message.ts';
import { parseRecordId, type RecordId } from './record-id.ts';
import {
  type DeviceState,
  MAX_REPORTED_DOUBLES,
  readReportTerminalStateReply,
  reportTerminalStateQuery,
  reportTerminalStateQueryJson,
  reportTerminalStateReplyJson,
} from './terminal-state.ts';

const gate: DeviceState = { name: '1 号口', driver: 'lcus', enabled: true, error: null, outOfOrderSeconds: null };
const STATE = {
  version: '0.1.0',
  uptimeSeconds: 7200,
  gates: [{ ...gate, name: '2 号口', error: 'it did not open: no such port', outOfOrderSeconds: 90 }, gate],
  scanners: [{ ...gate, name: 'stdin', enabled: false, error: 'standard input has ended' }],
  unadmitted: [{ gate: '1 号口', count: 2, lastSeconds: 15 }],
  waiting: 3,
  parked: 1,
  oldestUnsentSeconds: 40,
  keysAgeSeconds: 600,
  clockOffsetMs: -1500,
  clockTrusted: true,
  storesSetAside: 0,
  line: 'up',
  ending: false,
} as const;
const QUERY = throughJson(reportTerminalStateQueryJson(STATE, null)) as Record<string, unknown>;
const DAY = '2026-11-24';
const MANY = Object.fromEntries(
  Array.from({ length: 33 }, (_, n) => [`V${String.fromCharCode(65 + (n % 26)).repeat(1 + n / 26)}`, 1]),
);
const STORE = '7d0e0d38-6a4b-4d0a-9d6b-0a8c5a4f2f10';

describe('question of ReportTerminalState', () => {
  it('is read as it was written, with the store that it names', () => {
    const nothing = {
      ...STATE,
      gates: [],
      unadmitted: [],
      oldestUnsentSeconds: null,
      keysAgeSeconds: null,
      clockOffsetMs: null,
    };
    for (const state of [STATE, nothing, { ...STATE, ending: true }]) {
      const query = throughJson(reportTerminalStateQueryJson(state, null)) as object;
      expect(parseQuery(reportTerminalStateQuery, query)).toEqual({ ...state, storeId: null, scans: null });
      expect(parseQuery(reportTerminalStateQuery, { ...query, Store: `${STORE}, ${STORE}` }).storeId).toBe(STORE);
    }
  });

  it('says only of a gate that staff must clear for how long it has been out of order', () => {
    const { Gates, Scanners } = throughJson(reportTerminalStateQueryJson(STATE)) as Record<string, object[]>;
    const says = [...(Gates ?? []), ...(Scanners ?? [])].map((device) => 'OutOfOrderSeconds' in device);
    expect(says).toEqual([true, false, false]);
  });

  it('has the scans of a business date by verdict, also by one that is not known here', () => {
    const scans = {
      businessDate: parseBusinessDate(DAY),
      counts: { ADMIT: 12, ALREADY_ENTERED: 1, A_LATER_VERDICT: 2 },
    };
    const query = throughJson(reportTerminalStateQueryJson(STATE, scans)) as Record<string, unknown>;
    expect(parseQuery(reportTerminalStateQuery, query).scans).toEqual(scans);
  });

  it('is cut by its writer to what its reader accepts, faults first', () => {
    const many = Array.from({ length: 40 }, (_, index) => ({ ...gate, name: `${'口'.repeat(80)}${index}` }));
    const wrong = { ...gate, name: 'last', error: `${'错'.repeat(127)}🚪\0${'x'.repeat(500)}` };
    const state = { ...STATE, gates: [...many, wrong], uptimeSeconds: 1e12, oldestUnsentSeconds: -5.4, waiting: 1e10 };
    const read = parseQuery(reportTerminalStateQuery, throughJson(reportTerminalStateQueryJson(state, null)));
    expect(read.gates).toHaveLength(16);
    expect(read.gates[0]).toEqual({ ...gate, name: 'last', error: `${'错'.repeat(127)}🚪` });
    expect(read).toMatchObject({ uptimeSeconds: 0x7fff_ffff, oldestUnsentSeconds: 0, waiting: 0x7fff_ffff });
  });

  it.each([
    ['Version', { Version: 'x'.repeat(65) }],
    ['Version', { Version: undefined }],
    ['UptimeSeconds', { UptimeSeconds: -1 }],
    ['Gates', { Gates: 'none' }],
    ['Gates', { Gates: Array(17).fill({ Name: 'a', Driver: 'b', Enabled: true }) }],
    ['Gates[0].Name', { Gates: [{ Name: 'x'.repeat(65), Driver: 'b', Enabled: true }] }],
    ['Scanners[0].Error', { Scanners: [{ Name: 'a', Driver: 'b', Enabled: true, Error: 'x'.repeat(129) }] }],
    ['Gates[0].OutOfOrderSeconds', { Gates: [{ Name: 'a', Driver: 'b', Enabled: true, OutOfOrderSeconds: -1 }] }],
    ['Unadmitted[0].Count', { Unadmitted: [{ Gate: 'a', Count: -1, LastSeconds: 0 }] }],
    ['Unadmitted', { Unadmitted: Array(17).fill({ Gate: 'a', Count: 1, LastSeconds: 0 }) }],
    ['Scanners[0].Enabled', { Scanners: [{ Name: 'a', Driver: 'b', Enabled: 'yes' }] }],
    ['Waiting', { Waiting: 1.5 }],
    ['OldestUnsentSeconds', { OldestUnsentSeconds: undefined }],
    ['ClockOffsetMs', { ClockOffsetMs: 'x' }],
    ['ClockTrusted', { ClockTrusted: null }],
    ['Line', { Line: 'perhaps' }],
    ['Ending', { Ending: 'soon' }],
    ['Scans', { Scans: 'none' }],
    ['Scans.BusinessDate', { Scans: { BusinessDate: '2026-11-31', Counts: {} } }],
    ['Scans.Counts.ADMIT', { Scans: { BusinessDate: DAY, Counts: { ADMIT: -1 } } }],
    ['Scans.Counts', { Scans: { BusinessDate: DAY, Counts: { '<b>': 1 } } }],
    ['Scans.Counts', { Scans: { BusinessDate: DAY, Counts: [1] } }],
    ['Scans.Counts', { Scans: { BusinessDate: DAY, Counts: MANY } }],
  ])('is refused for %s: %j', (name, changes) => {
    const refusal = refusalOf(() => parseQuery(reportTerminalStateQuery, { ...QUERY, ...changes }));
    expect(refusal.details?.element).toBe(name);
    // What is wrong inside a list is named by its own code.
    if (!name.includes('[')) expect(refusal.code).toBe('INVALID_QUERY');
  });
});

describe('the doubles in a reply', () => {
  const [recordId, other] = ['019ac1f0-0000-7000-8000-000000000001', '019ac1f0-0000-7000-8000-000000000002'].map(
    parseRecordId,
  ) as [RecordId, RecordId];
  const double = { recordId, entry: { recordId: other, checkTime: parseWallClock('2026-11-24T19:58:00') } };

  it('are read as written, and omitted if there are none', () => {
    const reply = { kept: true, doubles: [double] };
    expect(readReportTerminalStateReply(throughJson(reportTerminalStateReplyJson(reply)) as never)).toEqual(reply);
    expect(reportTerminalStateReplyJson({ kept: false, doubles: [] })).toEqual({ Kept: false });
    expect(readReportTerminalStateReply({})).toEqual({ kept: false, doubles: [] });
  });

  it('are read where readable, up to the most that one reply holds', () => {
    const [written] = reportTerminalStateReplyJson({ kept: true, doubles: [double] }).Doubles ?? [];
    const read = (Doubles: unknown) => readReportTerminalStateReply({ Kept: true, Doubles }).doubles;
    expect(read('none')).toEqual([]);
    const unreadable = [null, 'x', {}, { ...written, RecordId: 'x' }, { ...written, Entry: { CheckTime: 'soon' } }];
    expect(read([...unreadable, written])).toEqual([double]);
    expect(read(Array(MAX_REPORTED_DOUBLES + 1).fill(written))).toHaveLength(MAX_REPORTED_DOUBLES);
  });
});
