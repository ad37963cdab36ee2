import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createLogger, createLogSampler } from './index.ts';

const lines: Record<string, unknown>[] = [];
const logger = createLogger('test', 'info', { write: (line) => lines.push(JSON.parse(line)) });

beforeEach(() => {
  vi.useFakeTimers();
  lines.length = 0;
});
afterEach(() => vi.useRealTimers());

it('writes the first of each kind and address in full, and the number of the others in one line', async () => {
  const sampler = createLogSampler({ logger, summary: 'more like these' });
  const note = (kind: string, address: string) => sampler.note(kind, address, () => logger.warn({ kind }, 'refused'));
  for (let time = 0; time < 5000; time += 1) note('INVALID_JSON', '192.0.2.1');
  note('INVALID_JSON', '192.0.2.2');
  note('CLOCK_SKEW', '192.0.2.1');
  expect(lines.filter(({ msg }) => msg === 'refused')).toHaveLength(22);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(lines.slice(22)).toMatchObject([
    { kind: 'INVALID_JSON', remoteAddress: '192.0.2.1', more: 4980, seconds: 10, msg: 'more like these' },
  ]);
  note('INVALID_JSON', '192.0.2.1');
  expect(lines).toHaveLength(24);
  sampler.close();
  expect(lines).toHaveLength(24);
});

it('writes a bounded number of lines for any number of addresses, and loses none from the count', () => {
  const sampler = createLogSampler({ logger, summary: 'more like these' });
  for (let time = 0; time < 50_000; time += 1) {
    sampler.note('INVALID_JSON', `10.0.${time >> 8}.${time & 255}`, () => logger.warn('refused'));
  }
  sampler.close();
  expect(lines.length).toBeLessThan(500);
  const more = lines.reduce((sum, line) => sum + Number(line.more ?? 0), 0);
  expect(more + lines.filter(({ msg }) => msg === 'refused').length).toBe(50_000);
});
