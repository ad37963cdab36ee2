import { expect, test } from 'vitest';
import { Turns } from './turns.ts';

test('refuses who has waited for too long, and lets those after it through', async () => {
  const turns = new Turns(1, 1);
  const end = await turns.take(false);
  await expect(turns.take(false)).rejects.toMatchObject({ name: 'StoreError', code: 'BUSY' });
  const next = turns.take(false);
  end();
  (await next)();
  await turns.idle();
});
