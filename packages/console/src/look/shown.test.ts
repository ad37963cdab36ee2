import { expect, test } from 'vitest';
import { shownAgo, shownCount, shownShare, shownSpan, shownTime } from './shown.ts';

test('times are shown to the minute, counts with their thousands apart, and no share as whole that is not', () => {
  expect([shownTime('2026-11-26T06:05:59'), shownTime(null)]).toEqual(['2026-11-26 06:05', '–']);
  expect(shownCount(1_234_567)).toBe('1,234,567');
  const shares = [1, 0.99996, 0.98, 0.5, 0, null].map(shownShare);
  expect(shares).toEqual(['100 %', '99.99 %', '98 %', '50 %', '0 %', '–']);
});

test.each([
  [0, '0 秒', '0 s'],
  [59.9, '59 秒', '59 s'],
  [60, '1 分', '1 min'],
  [3725, '1 小时 2 分', '1 h 2 min'],
  [86_400, '1 天', '1 d'],
  [90_061, '1 天 1 小时', '1 d 1 h'],
  [-5, '0 秒', '0 s'],
])('a span of %d seconds is shown in its two largest units', (seconds, zh, en) => {
  expect([shownSpan(seconds, 'zh'), shownSpan(seconds, 'en')]).toEqual([zh, en]);
});

test.each([
  ['2026-11-26T20:15:00', '此刻', 'this minute'],
  ['2026-11-26T20:12:10', '2分钟前', '2 minutes ago'],
  ['2026-11-26T17:15:00', '3小时前', '3 hours ago'],
  ['2026-11-24T20:14:00', '前天', '2 days ago'],
  ['2026-11-26T20:45:00', '30分钟后', 'in 30 minutes'],
])('%s is said from now', (time, zh, en) => {
  const now = Date.parse('2026-11-26T20:15:00+08:00');
  expect([shownAgo(time, 'zh', now), shownAgo(time, 'en', now)]).toEqual([zh, en]);
});
