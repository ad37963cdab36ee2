// @vitest-environment happy-dom
import { act } from 'react';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { showScreen } from '../testing/show-screen.tsx';
import { useLive } from './use-live.tsx';

function Watching() {
  const { data, freshness } = useLive<string>('door');
  return <p>{`${freshness} ${data}`}</p>;
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const wait = (ms: number) => act(async () => void (await vi.advanceTimersByTimeAsync(ms)));
const show = (isVisible: boolean) =>
  act(async () => {
    Object.defineProperty(document, 'visibilityState', { value: isVisible ? 'visible' : 'hidden', configurable: true });
    document.dispatchEvent(new Event('visibilitychange'));
  });

test('a stream that falls silent is old and opened again, as often as it takes', async () => {
  const screen = await showScreen(Watching);
  const [first] = screen.streams();
  await first?.say('told', 'open');
  await first?.say('beat', 35_000);
  expect(screen.text()).toBe('live open');
  await wait(34_999);
  expect(screen.text()).toBe('live open');
  await wait(1);
  expect(screen.text()).toBe('old open');
  for (const count of [2, 3]) {
    expect(screen.streams()).toHaveLength(count);
    expect(screen.streams().at(-2)?.readyState).toBe(2);
    await wait(35_000);
  }
  // A heartbeat is no news: what is shown may have changed meanwhile.
  await screen.streams().at(-1)?.say('beat', 35_000);
  expect(screen.text()).toBe('old open');
  await screen.streams().at(-1)?.say('told', 'shut');
  expect(screen.text()).toBe('live shut');
});

test('a stream that is refused is opened again after a while, and the session is asked for', async () => {
  const screen = await showScreen(Watching);
  await screen.streams()[0]?.breakOff({ forGood: true });
  expect(screen.text()).toBe('old null');
  expect(screen.asked).toEqual(['/console.json']);
  await wait(4_999);
  expect(screen.streams()).toHaveLength(1);
  await wait(1);
  expect(screen.streams()).toHaveLength(2);
});

test('a page that nobody sees holds no stream, and one that comes back is not live before it heard something', async () => {
  const screen = await showScreen(Watching);
  await screen.streams()[0]?.say('told', 'open');
  await show(false);
  expect(screen.streams()[0]?.readyState).toBe(2);
  await show(true);
  expect(screen.text()).toBe('not-yet open');
  await screen.streams()[1]?.say('told', 'open');
  expect(screen.text()).toBe('live open');
});

test('the end of the session leads to the login, and from there back', async () => {
  const assign = vi.spyOn(window.location, 'assign').mockImplementation(() => {});
  const screen = await showScreen(Watching, { address: '/door?q=1' });
  await screen.streams()[0]?.say('end');
  expect(assign).toHaveBeenCalledWith('/login?return=%2Fdoor%3Fq%3D1');
});
