import { open, readFile, rm } from 'node:fs/promises';
import { text as readText } from 'node:stream/consumers';
import { type CinemaCode, jsonObjectIn, orNull, parseCinemaCode } from '@ticket-check/protocol';
import { ExpectedError, reasonOf } from '@ticket-check/runtime';
import { z } from 'zod';
import { algorithmNamed } from './algorithms.ts';

const ALL_CINEMAS = '*';

const text = z.string().min(1);

const bundleSchema = z.object({
  Url: text,
  Username: text,
  /** PEM, PKCS#8; null if the caller made its key pair itself. */
  PrivateKey: text.optional().transform((pem) => pem ?? null),
  /** PEM of the only CA to trust; null if the machine's own trusted CAs decide. */
  CaCertificate: z
    .string()
    .nullish()
    .transform((pem) => pem || null),
  /** The cinemas that the account may act for; `["*"]` for all. */
  CinemaCodes: z.array(z.string()).readonly().default([ALL_CINEMAS]),
  /** The name of the signature algorithm; absent where it is the scheme's. */
  Algorithm: text.optional(),
});

/** What a caller needs to connect, handed over once, with the names used in the file. Reading E8. */
export type Bundle = z.output<typeof bundleSchema>;

export function bundleCinemaCodes(cinemaCodes: readonly CinemaCode[] | 'all'): readonly string[] {
  return cinemaCodes === 'all' ? [ALL_CINEMAS] : cinemaCodes;
}

/** The cinemas that a bundle names. @throws ExpectedError if one of them is no cinema code. */
export function cinemaCodesOf(bundle: Pick<Bundle, 'CinemaCodes'>): CinemaCode[] | 'all' {
  if (bundle.CinemaCodes.includes(ALL_CINEMAS)) return 'all';
  return bundle.CinemaCodes.map((code) => {
    const read = orNull(() => parseCinemaCode(code));
    if (read !== null) return read;
    throw new ExpectedError(`The bundle's CinemaCodes hold ${JSON.stringify(code)}, which is no cinema code.`);
  });
}

/** Reads a bundle. @throws ExpectedError naming what is missing or wrong, never with the text: it holds a private key. */
export function parseBundle(json: string): Bundle {
  const { data: bundle, error } = bundleSchema.safeParse(jsonObjectIn(json));
  const [name] = error?.issues[0]?.path ?? [];
  if (bundle === undefined) {
    const what = name === undefined ? 'is not a JSON object' : `has no usable ${String(name)}`;
    throw new ExpectedError(`The bundle ${what}.`);
  }
  cinemaCodesOf(bundle);
  algorithmNamed(bundle.Algorithm, 'The bundle');
  return bundle;
}

/** Writes a text to a new file, created before the text is made, or to standard output for `-`. @throws ExpectedError if it cannot be made. */
export async function writeNewFile(path: string, mode: number, make: () => Promise<string>): Promise<void> {
  if (path === '-') {
    process.stdout.write(await make());
    return;
  }
  const file = await createFile(path, mode);
  try {
    await file.writeFile(await make());
    await file.sync();
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  } finally {
    await file.close();
  }
}

export function formatBundle(bundle: Bundle): string {
  const present = Object.entries(bundle).filter(([, value]) => value !== null);
  return `${JSON.stringify(Object.fromEntries(present), null, 2)}\n`;
}

async function createFile(path: string, mode: number) {
  try {
    return await open(path, 'wx', mode);
  } catch (error) {
    const reason = reasonOf(error);
    if (reason === 'EEXIST') throw new ExpectedError(`The file ${path} exists already and is not overwritten.`);
    throw new ExpectedError(`The file ${path} cannot be written (${reason}).`, { cause: error });
  }
}

/** Reads a bundle file, or standard input for `-`. @throws ExpectedError if it cannot be read or is no bundle. */
export const readBundle = async (path: string): Promise<Bundle> =>
  parseBundle(path === '-' ? await readText(process.stdin) : await readNamedFile(path));

/** @throws ExpectedError if the file cannot be read. */
export const readNamedFile = async (path: string): Promise<string> => (await readNamedBytes(path)).toString('utf8');

/** @throws ExpectedError if the file cannot be read. */
export async function readNamedBytes(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    throw new ExpectedError(`The file ${path} cannot be read (${reasonOf(error)}).`, { cause: error });
  }
}
