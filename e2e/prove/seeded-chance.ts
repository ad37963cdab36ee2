import { seededRandom } from '@ticket-check/simulators/box-office';

/** Numbers from 0 up to, not including, 1; the same seed gives the same ones again. */
export function seededChance(seed: string): () => number {
  const random = seededRandom(seed);
  return () => random(2 ** 32) / 2 ** 32;
}
