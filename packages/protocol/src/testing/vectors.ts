import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
// biome-ignore lint/style/noRestrictedImports: the vectors are files, and only tests read them
import { readFileSync } from 'node:fs';
import { ProtocolError } from '../errors.ts';
import type { CinemaKey } from '../public-key/cinema-keys.ts';
import { parsePublicKey } from '../public-key/cinema-keys.ts';
import { parseWallClock } from '../time.ts';

const vectors = new URL('../../../../vectors/', import.meta.url);

export const readCases = <Case extends { name: string }>(file: string): Case[] =>
  JSON.parse(readFileSync(new URL(file, vectors), 'utf8')).cases;

export const testPrivateKey = (name: string): KeyObject =>
  createPrivateKey(readFileSync(new URL(`test-keys/${name}.pem`, vectors)));

export const testPublicKey = (name: string): KeyObject => createPublicKey(testPrivateKey(name));

export const testCinemaKey = (name: string): CinemaKey => ({
  ...parsePublicKey(testPublicKey(name).export({ format: 'pem', type: 'spki' }) as string),
  startTime: parseWallClock('2020-01-01T00:00:00'),
});

/** The ProtocolError that a call throws; fails when it throws none. */
export const refusalOf = (call: () => unknown): ProtocolError => {
  try {
    call();
  } catch (error) {
    if (error instanceof ProtocolError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
};
