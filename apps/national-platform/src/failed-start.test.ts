// @module-tag process
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { failToStart, takenPort } from '@ticket-check/runtime/testing';
import { describeSqlite } from '@ticket-check/storage/testing';
import { expect, it, onTestFinished } from 'vitest';

const SERVICE = { module: new URL('./app.ts', import.meta.url).href, name: 'startNationalPlatform' };

describeSqlite('a national platform that cannot start', ({ url }) => {
  it.each([
    ['its port is taken', async () => ({ PORT: `${await takenPort()}` }), /another program already listens there/],
    [
      'its console port is taken',
      async () => ({ CONSOLE_PORT: `${await takenPort()}` }),
      /another program already listens/,
    ],
    [
      'its certificate is none',
      async (directory: string) => {
        const TLS_CERT_FILE = join(directory, 'cert.pem');
        await writeFile(TLS_CERT_FILE, 'no certificate');
        return { TLS_CERT_FILE, TLS_KEY_FILE: TLS_CERT_FILE };
      },
      /holds no PEM certificate/,
    ],
  ] as const)('leaves nothing running, open or locked: %s', async (_, faultIn, error) => {
    const directory = await mkdtemp(join(tmpdir(), 'national-start-'));
    onTestFinished(() => rm(directory, { recursive: true, force: true }));
    const sound = {
      DATA_DIR: join(directory, 'data'),
      DATABASE_URL: await url(),
      PORT: '0',
      CONSOLE_PORT: '0',
      LOG_LEVEL: 'silent',
    };
    const faulty = { ...sound, ...(await faultIn(directory)) };
    expect(await failToStart({ ...SERVICE, faulty, sound })).toEqual({
      error: expect.stringMatching(error),
      leftOpen: [],
      second: null,
    });
  });
});
