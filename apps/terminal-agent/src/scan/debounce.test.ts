import { parseRecordId, parseWallClock, writeETicket } from '@ticket-check/protocol';
import { expect, it, onTestFinished, vi } from 'vitest';
import { makeUkey, sellTicket } from '../testing/test-cinema.ts';
import { createDebounce, onceAfter } from './debounce.ts';
import type { ScanResult } from './scan-result.ts';

/** A scanner whose scans are numbered. */
function makeScanner(verdict: (scan: number) => ScanResult = () => ({ verdict: 'EXPIRED' })) {
  const time = { now: 0, scans: 0 };
  const debounce = createDebounce(1500, () => time.now);
  const read = async (text: string, at = { scanner: 's', gate: 'g' }) => {
    const { result, repeat } = await debounce(at, text, async () => {
      time.scans += 1;
      const recordId = parseRecordId(`01936000-0000-7000-8000-00000000000${time.scans}`);
      return { ...verdict(time.scans), recordId };
    });
    return { scan: Number(result.recordId?.at(-1)), repeat };
  };
  return { time, read };
}

it('answers what a scanner repeats within the window with what it answered before', async () => {
  const { time, read } = makeScanner();
  expect(await read('a\r')).toEqual({ scan: 1, repeat: 'first' });
  time.now = 1499;
  expect(await read('a\n')).toEqual({ scan: 1, repeat: 'after' });
  time.now = 1500;
  expect(await read('a')).toEqual({ scan: 2, repeat: 'first' });
});

it('answers what is repeated while the scan is under way with the same scan', async () => {
  const { read } = makeScanner();
  expect(await Promise.all([read('a'), read('a'), read('a')])).toEqual([
    { scan: 1, repeat: 'first' },
    { scan: 1, repeat: 'joined' },
    { scan: 1, repeat: 'joined' },
  ]);
});

it('tells texts, scanners and gates apart', async () => {
  const { time, read } = makeScanner();
  await read('a');
  await read('b');
  await read('b', { scanner: 't', gate: 'g' });
  await read('b', { scanner: 's', gate: 'h' });
  expect(time.scans).toBe(4);
});

it('scans again where the answer does not stand, and after a scan that failed', async () => {
  const { time, read } = makeScanner((scan) => {
    if (scan === 1) throw new Error('broken');
    return { verdict: scan === 2 ? 'KEYS_UNAVAILABLE' : 'EXPIRED' };
  });
  await expect(read('a')).rejects.toThrow('broken');
  for (const scan of [2, 3, 3]) expect(await read('a')).toMatchObject({ scan });
  expect(time.scans).toBe(3);
});

it('answers a renewed e-ticket for five seconds, and not where another one came between', async () => {
  const { time, read } = makeScanner(() => ({ verdict: 'EXPIRED', ticket: {} as never, eTicket: {} as never }));
  const at = parseWallClock('2026-11-24T20:00:00');
  const [mine, theirs] = [sellTicket(makeUkey(at), at).code, sellTicket(makeUkey(at), at).code];
  const show = (code: string, second: number) =>
    read(writeETicket({ host: 'tickets.example', code, time: second, keyId: 'AAAAAAAAAAA' }, () => Buffer.alloc(64)));
  await show(mine, 1);
  time.now = 4999;
  expect(await show(mine, 2)).toEqual({ scan: 1, repeat: 'after' });
  // The same text only for the usual time.
  expect(await show(mine, 1)).toEqual({ scan: 2, repeat: 'first' });
  time.now = 9999;
  expect(await show(mine, 2)).toEqual({ scan: 3, repeat: 'first' });
  await show(theirs, 1);
  expect(await show(mine, 3)).toEqual({ scan: 5, repeat: 'first' });
});

it('works once for the calls within a time, again for later ones', () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const work = vi.fn();
  const call = onceAfter(250, work);
  for (let ms = 0; ms < 1000; ms += 50) {
    call();
    vi.advanceTimersByTime(50);
  }
  expect(work).toHaveBeenCalledTimes(4);
});
