import { expect, it } from 'vitest';
import { createKioskFiles, type KioskFiles } from './kiosk-files.ts';

const FILES: KioskFiles = { build: 'b', entry: 'main.ts', style: 'kiosk.css', find: async () => null };

it('loads the files once, and again after that failed', async () => {
  const results = [Promise.reject(new Error('too many open files')), Promise.resolve(FILES)];
  const files = createKioskFiles(() => results.shift() ?? Promise.reject(new Error('loaded again')));
  await expect(files()).rejects.toThrow('too many open files');
  expect(await Promise.all([files(), files()])).toEqual([FILES, FILES]);
  expect(await files()).toBe(FILES);
});
