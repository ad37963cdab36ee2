// @vitest-environment happy-dom
import { showScreen } from '@ticket-check/console/testing';
import { expect, test } from 'vitest';
import TodayScreen from './today-screen.tsx';

const DAY = {
  ...{ BusinessDate: '2026-11-25', Today: 5, LastDate: '2026-11-24', Sold: 7, Entries: 6, Completeness: 0.5 },
  Platforms: [{ Username: 'vendor-a', LastHeardAt: null, Today: 5, Entries: 6, Completeness: 0.5 }],
  Below: [
    { CinemaCode: '31012801', Platform: 'vendor-a', Sold: 71, Admitted: 64, Reached: 62, Completeness: 0.9687 },
    { CinemaCode: '31012802', Platform: 'vendor-a', Sold: 9, Admitted: 8, Reached: 0, Completeness: 0 },
  ],
  ...{ BelowCount: 1, Silent: [{ CinemaCode: '44010101', Sold: 33 }], SilentCount: 1, DemandedPercent: 98 },
  Trend: Array.from({ length: 6 }, (_, n) => ({
    BusinessDate: `2026-11-1${n}`,
    ...{ Admitted: n === 5 ? 0 : 100, Delivered: n === 5 ? 0 : 99 - n },
  })),
  SetUp: null,
};

test("the trend has percentages and dates on its axes, and the day's figures sort and lead to their rows", async () => {
  const Menu = ['/completeness', '/records', '/tickets'].map((Path) => ({ Path, IsScreen: true, Label: Path }));
  const screen = await showScreen(TodayScreen, {
    address: '/today',
    answers: { '/today.json': DAY },
    begun: { Menu },
  });
  await screen.shows('98 %');
  const texts = screen.all('svg text').map(({ textContent }) => textContent);
  expect(texts).toEqual([
    ...['90 %', '92 %', '94 %', '96 %', '98 %', '100 %'],
    ...['10-26', '10-31', '11-05', '11-10', '11-15', '11-20'],
  ]);
  // Each at its date; one without entries has no bar.
  expect(screen.all('svg rect title').map(({ textContent }) => textContent?.slice(0, 10))).toEqual(
    DAY.Trend.slice(0, 5).map(({ BusinessDate }) => BusinessDate),
  );
  const sortable = screen.all('th button').map(({ textContent }) => textContent);
  expect(sortable.slice(0, 6)).toEqual(['影院', '检票平台', '售出未退', '平台告知入场', '已收到', '送达率']);
  const links = new Map(screen.all('a').map((link) => [link.textContent, link.getAttribute('href')]));
  expect(links.get('71')).toBe('/tickets?cinema=31012801&businessDate=2026-11-24');
  expect(links.get('64')).toBe('/completeness?businessDate=2026-11-24&cinema=31012801&platform=vendor-a');
  expect(links.get('62')).toBe('/records?businessDate=2026-11-24&cinema=31012801&account=vendor-a');
  expect(links.get('33')).toBe('/tickets?cinema=44010101&businessDate=2026-11-24');
});
