// @vitest-environment happy-dom
import { showScreen } from '@ticket-check/console/testing';
import { expect, test } from 'vitest';
import type { Today } from '../../src/today/told.ts';
import TodayScreen from './today-screen.tsx';

test('names platforms, cinemas and dates also to people whose menu has no screen of them', async () => {
  const cinema = { CinemaCode: '31012801', Sold: 9 };
  const day: Today = {
    ...{ BusinessDate: '2026-11-25', Today: 0, LastDate: '2026-11-24', Sold: 9, Entries: 4, Completeness: 0.5 },
    Platforms: [{ Username: 'vendor-a', LastHeardAt: null, Today: 0, Entries: 4, Completeness: 0.5 }],
    Below: [{ ...cinema, Platform: 'vendor-a', Admitted: 8, Reached: 4, Completeness: 0.5 }],
    ...{ BelowCount: 1, Silent: [cinema], SilentCount: 1, DemandedPercent: 98, SetUp: null },
    Trend: [{ BusinessDate: '2026-11-23', Admitted: 8, Delivered: 8 }],
  };
  const screen = await showScreen(TodayScreen, {
    answers: { '/today.json': day, '/names.json': { cinema: { 31012801: '星河影城' } } },
  });
  await screen.shows('星河影城');
  expect(screen.rows().map((row) => row.slice(0, 8))).toEqual(['星河影城 310', '星河影城 310', 'vendor-a', '2026-11-']);
  expect(screen.all('td a')).toEqual([]);
});
