import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ERROR_CODES, isErrorCode, parseRecordId, parseWallClock, VERDICTS } from '@ticket-check/protocol';
import { describe, expect, it } from 'vitest';
import { scanBody } from '../http/scan-route.ts';
import { makeUkey, sellTicket } from '../testing/test-cinema.ts';
import { type ScanResult, verdictJson } from './scan-result.ts';

const page = readFileSync(join(import.meta.dirname, '../../../../docs/scan.md'), 'utf8');
const route = readFileSync(join(import.meta.dirname, '../http/scan-route.ts'), 'utf8');
const now = parseWallClock('2026-11-24T20:00:00');

/** The rows of the table under a heading of the page, as cells. */
function rowsUnder(heading: string): string[][] {
  const [, text = ''] = page.split(`\n## ${heading}\n`);
  const [section = ''] = text.split('\n## ');
  const rows = section.split('\n').filter((line) => line.startsWith('| '));
  return rows.slice(1).map((line) => line.split('|').map((cell) => cell.trim()));
}

/** The names in the first column of the table under a heading. */
function namesUnder(heading: string): string[] {
  return rowsUnder(heading).flatMap(([, cell = '']) =>
    [...cell.matchAll(/`([A-Za-z_.]+)`/g)].map(([, name = '']) => name),
  );
}

function namesIn(json: object, before = ''): string[] {
  return Object.entries(json).flatMap(([name, value]) => [
    before + name,
    ...(typeof value === 'object' ? namesIn(value, `${before}${name}.`) : []),
  ]);
}

describe('the page of POST /scan', () => {
  it('names every element of a request, and no other', () => {
    expect(namesUnder('The request').sort()).toEqual(Object.keys(scanBody.shape).sort());
  });

  it('names every element of an answer, and no other', () => {
    const { info } = sellTicket(makeUkey(now), now);
    const firstEntry = { checkTime: now, gate: 'gate-1', terminal: '2 号门', unrecorded: true as const };
    const known = {
      recordId: parseRecordId('01936000-0000-7000-8000-000000000001'),
      ticket: { ...info, seatCode: '1', priceText: '', serviceText: '' } as never,
      info: { ...info, unknownWords: {} },
      silence: { lastContactSeconds: 3, changesKnownAt: now },
      eTicket: { time: now, ageSeconds: 12 },
    };
    const everything: Required<ScanResult>[] = [
      { ...known, verdict: 'ADMIT', confirmed: true, refundStateKnown: false, opened: 'no', entry: firstEntry },
      { ...known, verdict: 'ALREADY_ENTERED', justAdmitted: true, firstEntry },
      { ...known, verdict: 'UNREADABLE', fault: 'caps-lock', instead: {} as never },
      { ...known, verdict: 'KEYS_PENDING', retryInSeconds: 2 },
      { ...known, verdict: 'OFFLINE_REFUSED', retryInSeconds: 2 },
      { ...known, verdict: 'EXPIRED', detail: 'e-ticket-time' },
    ];
    const names = everything.flatMap((result) =>
      namesIn(JSON.parse(JSON.stringify(verdictJson(result, { repeated: true, elapsedMs: 1 })))),
    );
    expect(namesUnder('The answer').sort()).toEqual([...new Set(names)].sort());
  });

  it('says for every verdict what to do, and for no other', () => {
    expect(namesUnder('The verdicts').sort()).toEqual(Object.keys(VERDICTS).sort());
    for (const [, verdict, toDo] of rowsUnder('The verdicts')) expect(toDo, verdict).not.toBe('');
  });

  it('says for every error code with which a scan is refused its status and what to do', () => {
    const codes = new Set([...route.matchAll(/'([A-Z_]+)'/g)].map(([, text]) => text).filter(isErrorCode));
    const documented = rowsUnder('Errors').map(([, code = '', status]) => [code.replaceAll('`', ''), Number(status)]);
    expect(documented.sort()).toEqual([...codes].map((code) => [code, ERROR_CODES[code].status]).sort());
  });
});
