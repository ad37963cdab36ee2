import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseRecordId, parseWallClock } from '@ticket-check/protocol';
import { expect, it } from 'vitest';
import { makeUkey, sellTicket } from '../testing/test-cinema.ts';
import { verdictJson } from './scan-result.ts';

const page = readFileSync(join(import.meta.dirname, '../../../../docs/scan.md'), 'utf8');
const now = parseWallClock('2026-11-24T20:00:00');

/** The names in the first column of the page's last table. */
function documented(): string[] {
  const rows = page.slice(page.indexOf('## The verdict')).split('\n');
  return rows.flatMap((row) => [...(row.split('|')[1] ?? '').matchAll(/`([A-Za-z.]+)`/g)].map(([, name = '']) => name));
}

function namesIn(json: object, before = ''): string[] {
  return Object.entries(json).flatMap(([name, value]) => [
    before + name,
    ...(typeof value === 'object' ? namesIn(value, `${before}${name}.`) : []),
  ]);
}

it('the page of POST /scan names every element of a verdict, and no other', () => {
  const { info } = sellTicket(makeUkey(now), now);
  const everything = verdictJson(
    {
      verdict: 'ALREADY_ENTERED',
      recordId: parseRecordId('01936000-0000-7000-8000-000000000001'),
      confirmed: true,
      refundStateKnown: false,
      retryInSeconds: 2,
      firstEntry: { checkTime: now, gate: 'gate-1' },
      ticket: { ...info, seatCode: '1', priceText: '', serviceText: '' } as never,
      info,
      silence: { lastContactSeconds: 3 },
    },
    { repeated: true, elapsedMs: 1 },
  );
  expect(documented().sort()).toEqual(namesIn(everything).sort());
});
