// @vitest-environment happy-dom
import { act } from 'react';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { showScreen } from '../testing/show-screen.tsx';
import { useLiveJson } from './use-live.tsx';

function Watching() {
  const { answer, freshness } = useLiveJson<string>('/door.json', 'door');
  return <p>{`${freshness} ${answer.data}`}</p>;
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const wait = (ms: number) => act(async () => void (await vi.advanceTimersByTimeAsync(ms)));
const show = (isVisible: boolean) =>
  act(async () => {
    Object.defineProperty(document, 'visibilityState', { value: isVisible ? 'visible' : 'hidden', configurable: true });
    document.dispatchEvent(new Event('visibilitychange'));
  });

/** Shows the door, with what the newest of its streams says. */
async function watch(address = '/') {
  const screen = await showScreen(Watching, { address, answers: { '/door.json': 'open' } });
  await wait(1);
  expect(screen.text()).toBe('not-yet open');
  const say = async (event: string, data?: unknown) => {
    await screen.streams().at(-1)?.say(event, data);
    await wait(0);
  };
  return { ...screen, say };
}

test('a stream that falls silent is old and opened again, as often as it takes', async () => {
  const screen = await watch();
  await screen.say('told', 'ajar');
  await screen.say('beat', 35_000);
  await wait(34_999);
  expect(screen.text()).toBe('live ajar');
  await wait(1);
  expect(screen.text()).toBe('old ajar');
  for (const states of [
    [2, 1],
    [2, 2, 1],
  ]) {
    expect(screen.streams().map(({ readyState }) => readyState)).toEqual(states);
    await wait(35_000);
  }
  // A heartbeat is no news: what is shown may have changed meanwhile.
  await screen.say('beat', 35_000);
  expect(screen.text()).toBe('old ajar');
  await screen.say('told', 'shut');
  expect(screen.text()).toBe('live shut');
});

test('a stream that is refused is opened again after a while, and the session is asked for', async () => {
  const screen = await watch();
  await screen.streams()[0]?.breakOff({ forGood: true });
  expect(screen.text()).toBe('old open');
  expect(screen.asked).toEqual(['/door.json', '/console.json']);
  await wait(4_999);
  expect(screen.streams()).toHaveLength(1);
  await wait(1);
  expect(screen.streams()).toHaveLength(2);
});

test('a page that nobody sees holds no stream, and one that comes back is not live before it heard something', async () => {
  const screen = await watch();
  await screen.say('told', 'ajar');
  await show(false);
  expect(screen.streams()[0]?.readyState).toBe(2);
  await show(true);
  expect(screen.text()).toBe('not-yet ajar');
  await screen.say('told', 'ajar');
  expect(screen.text()).toBe('live ajar');
});

test('the end of the session leads to the login, and from there back', async () => {
  const assign = vi.spyOn(window.location, 'assign').mockImplementation(() => {});
  const screen = await watch('/door?q=1');
  await screen.say('end');
  expect(assign).toHaveBeenCalledWith('/login?return=%2Fdoor%3Fq%3D1');
});
