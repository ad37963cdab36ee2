import { parseRecordId } from '@ticket-check/protocol';
import { expect, it, onTestFinished, vi } from 'vitest';
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
