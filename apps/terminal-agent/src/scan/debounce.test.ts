import { expect, it, onTestFinished, vi } from 'vitest';
import { createDebounce, onceAfter } from './debounce.ts';

function makeScanner(stands: (result: number) => boolean = () => true) {
  const time = { now: 0, scans: 0 };
  const debounce = createDebounce<number>({ windowMs: 1500, stands, now: () => time.now });
  const read = (text: string, at = { scanner: 's', gate: 'g' }) =>
    debounce.answer(at, text, async () => {
      time.scans += 1;
      return time.scans;
    });
  return { time, read };
}

it('answers what a scanner repeats within the window with what it answered before', async () => {
  const { time, read } = makeScanner();
  expect(await read('a\r')).toEqual({ result: 1, repeat: 'first' });
  time.now = 1499;
  expect(await read('a\n')).toEqual({ result: 1, repeat: 'after' });
  time.now = 1500;
  expect(await read('a')).toEqual({ result: 2, repeat: 'first' });
});

it('answers what is repeated while the scan is under way with the same scan', async () => {
  const { read } = makeScanner();
  expect(await Promise.all([read('a'), read('a'), read('a')])).toEqual([
    { result: 1, repeat: 'first' },
    { result: 1, repeat: 'joined' },
    { result: 1, repeat: 'joined' },
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

it('scans again where the answer does not stand', async () => {
  const { time, read } = makeScanner((result) => result > 1);
  await read('a');
  await read('a');
  await read('a');
  expect(time.scans).toBe(2);
});

it('answers a renewed text for longer than the same one, and neither where another one came between', async () => {
  const time = { now: 0, scans: 0 };
  const debounce = createDebounce<number>({
    windowMs: 1500,
    renewalMs: 5000,
    stands: () => true,
    isRenewal: (earlier, text) => earlier[0] === text[0],
    goesForRenewal: () => true,
    now: () => time.now,
  });
  const read = (text: string) => debounce.answer({ scanner: 's', gate: 'g' }, text, async () => ++time.scans);
  await read('a1');
  time.now = 4999;
  expect(await read('a2')).toEqual({ result: 1, repeat: 'after' });
  expect(await read('a1')).toEqual({ result: 2, repeat: 'first' });
  time.now = 9999;
  expect(await read('a2')).toEqual({ result: 3, repeat: 'first' });
  await read('b1');
  expect(await read('a3')).toEqual({ result: 5, repeat: 'first' });
});

it('scans again after a scan that failed', async () => {
  const debounce = createDebounce<string>({ windowMs: 1500, stands: () => true });
  const at = { scanner: 's', gate: 'g' };
  await expect(debounce.answer(at, 'a', () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
  expect(await debounce.answer(at, 'a', async () => 'fine')).toEqual({ result: 'fine', repeat: 'first' });
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
