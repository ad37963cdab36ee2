import { closeSync, fsyncSync, openSync, readFileSync, statSync, truncateSync, writeSync } from 'node:fs';

/** The ways in which a file is damaged here, each leaving a part of it as it was. */
export const DAMAGES = {
  'bytes overwritten in the middle': (path: string) => {
    const middle = Math.floor(statSync(path).size / 2);
    overwrite(path, middle - 1000, Buffer.alloc(2000, 0xa5));
  },
  'truncated to half': (path: string) => truncateSync(path, Math.floor(statSync(path).size / 8192) * 4096),
  'truncated inside a page': (path: string) => truncateSync(path, Math.floor(statSync(path).size / 2) + 77),
  'a header of zeros': (path: string) => overwrite(path, 0, Buffer.alloc(100)),
  'a first page of noise': (path: string) => overwrite(path, 0, Buffer.from(readFileSync(path).subarray(4096, 8192))),
} as const satisfies Record<string, (path: string) => void>;

export type Damage = keyof typeof DAMAGES;

function overwrite(path: string, at: number, bytes: Buffer): void {
  const file = openSync(path, 'r+');
  try {
    writeSync(file, bytes, 0, bytes.length, at);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
