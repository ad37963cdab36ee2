// @vitest-environment happy-dom
import { act } from 'react';
import { expect, test } from 'vitest';
import { eventually, showScreen } from '../testing/show-screen.tsx';
import { FilterBar } from './filter-bar.tsx';

test('a film is chosen of one cinema: those of all are not counted', async () => {
  const cinemas = { 31012801: '星河影城', 31012802: '东方大戏院' };
  const screen = await showScreen(() => <FilterBar fields={[]} />, {
    address: '/things?film=001',
    answers: { '/names.json': { cinema: cinemas }, '/report.json?by=film&cinema=31012801': { Lines: [] } },
    begun: {
      Lists: { '/things': { Rows: '', Live: false, HasFile: false, Filters: [{ Name: 'film', Of: 'film' }] } },
    },
  });
  await screen.fill('影片', 'x');
  expect(screen.asked).toEqual([]);
  await act(async () => window.history.pushState(null, '', '/things?film=001&cinema=31012801'));
  await eventually(() => expect(screen.asked).toEqual(['/report.json?by=film&cinema=31012801']));
});
