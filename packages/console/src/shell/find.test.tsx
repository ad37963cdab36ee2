// @vitest-environment happy-dom
import { act } from 'react';
import { expect, test } from 'vitest';
import { eventually, showScreen } from '../testing/show-screen.tsx';
import { Find } from './find.tsx';

test('finds names once somebody looks for something, and pages by their initials, and is left by Escape', async () => {
  let asked = 0;
  const names = () => {
    asked += 1;
    return { cinema: { 31012801: '星河影城' } };
  };
  const screen = await showScreen(Find, {
    answers: { '/names.json': names },
    begun: { Menu: [{ Path: '/records', Label: '检票记录', IsScreen: true }] },
  });
  expect(asked).toBe(0);
  await screen.click('查找');
  await eventually(() => expect(document.activeElement?.role).toBe('combobox'));
  expect(asked).toBe(0);
  await screen.fill('页面、票号或二维码、检票记录、终端、影院', 'xhyc');
  await eventually(() => expect(screen.text()).toContain('影院 星河影城 31012801 的检票记录'));
  await screen.fill('页面、票号或二维码、检票记录、终端、影院', 'jpjl');
  await eventually(() => expect(screen.all('[role=option]').map((one) => one.textContent)).toContain('/records'));
  const pressed = new KeyboardEvent('keydown', { key: 'Escape', keyCode: 27, bubbles: true });
  await act(async () => screen.all('[role=combobox]')[0]?.dispatchEvent(pressed));
  await eventually(() => expect(screen.all('[role=dialog]')).toEqual([]));
});
