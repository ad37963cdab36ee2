import { inject } from 'vitest';
import type {} from './build-door.ts';

/** Waits until the consoles of this run are built. */
export async function consolesBuilt(): Promise<void> {
  const answer = await fetch(inject('consoleBuild'));
  if (!answer.ok) throw new Error(await answer.text());
}
