import { expect, test } from 'vitest';
import { TurnQueue } from './turn-queue.ts';

test('refuses who has waited for too long, and lets those after it through', async () => {
  const turns = new TurnQueue(1, 0, 1);
  await turns.enter(false);
  await expect(turns.enter(false)).rejects.toMatchObject({ name: 'StoreError', code: 'BUSY' });
  const next = turns.enter(false);
  turns.leave();
  await next;
});
