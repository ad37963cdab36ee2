import { setTimeout as delay } from 'node:timers/promises';

const PAUSE_MS = 5;

/** Does something again and again, with a few milliseconds between, until `work` has ended; answers how long each took, in milliseconds. */
export async function inTurnsDuring(work: Promise<unknown>, once: () => Promise<number>): Promise<number[]> {
  let isOver = false;
  const ended = work.finally(() => {
    isOver = true;
  });
  const taken: number[] = [];
  while (!isOver) {
    taken.push(await once());
    await delay(PAUSE_MS);
  }
  await ended;
  return taken;
}
