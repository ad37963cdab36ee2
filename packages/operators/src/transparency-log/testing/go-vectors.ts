import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What Go's golang.org/x/mod/sumdb made: `vectors/transparency-log.json`. */
export const goVectors: {
  notes: { name: string; verifierKey: string; signerKey?: string; text?: string; note: string; error?: string }[];
  roots: { size: number; root: string }[];
  inclusion: { index: number; size: number; path: string[] }[];
} = JSON.parse(
  readFileSync(join(import.meta.dirname, '..', '..', '..', '..', '..', 'vectors', 'transparency-log.json'), 'utf8'),
);
