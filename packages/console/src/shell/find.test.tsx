// @vitest-environment happy-dom
import { expect, test } from 'vitest';
import { eventually, showScreen } from '../testing/show-screen.tsx';
import { Find } from './find.tsx';

test('asks for names once somebody looks for something', async () => {
  let asked = 0;
  const names = () => {
    asked += 1;
    return { cinema: { 31012801: '星河影城' } };
  };
  const screen = await showScreen(Find, { answers: { '/names.json': names } });
  expect(asked).toBe(0);
  await screen.click('查找');
  await eventually(() => expect(asked).toBe(1));
});
