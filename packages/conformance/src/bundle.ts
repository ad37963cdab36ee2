import { execFile } from 'node:child_process';
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { SCHEME_ALGORITHM, type WallClock } from '@ticket-check/protocol';
import { makeUkeys } from './cinema.ts';
import { UsageError } from './frame/case.ts';
import { makeCertificate } from './wire/certificate.ts';
import type { Caller } from './wire/send.ts';

type AccountFile = { Username: string; PrivateKey: string; CinemaCodes?: string[] };

/** What `account add` writes for a peer, and what the kit may be given besides. Described in `--help`. */
export type KitBundle = AccountFile & {
  Url?: string;
  CaCertificate?: string | null;
  RevokedAccount?: AccountFile;
  /** An account of a selling service, for e-tickets. */
  Seller?: AccountFile;
  /** A cinema made for tests; with the private half of its key, PEM, the tested platform knows its public half. */
  Cinema?: { CinemaCode: string; PrivateKey?: string };
  /** Tickets that the tested platform knows: the elements of GetTicketInfo up to Service, and TicketInfoCode. */
  Tickets?: Record<string, unknown>[];
  /** Programs with arguments; `{kind}`, `{file}` and `{cinema}` are replaced. */
  Import?: string[];
  Records?: string[];
  Restart?: string[];
};

/** The account of the tested role at the kit's stub, with what only the kit uses. */
export type StubBundle = Required<Pick<KitBundle, 'Url' | 'Username' | 'PrivateKey' | 'CinemaCodes'>> & {
  CaCertificate: string;
  Restart?: string[];
  Kit: { TlsCert: string; TlsKey: string; Ukeys: { PrivateKey: string; StartTime: WallClock }[] };
};

/** @throws UsageError if the file cannot be read or is not JSON. */
export function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new UsageError(`The file ${path} cannot be read as JSON: ${(error as Error).message}`);
  }
}

/** @throws UsageError if the file is no bundle. */
export function readKitBundle(path: string): KitBundle {
  const bundle = readJson(path) as Partial<KitBundle> | null;
  for (const name of ['Username', 'PrivateKey'] as const) {
    if (typeof bundle?.[name] !== 'string') throw new UsageError(`The bundle ${path} has no ${name}.`);
  }
  return bundle as KitBundle;
}

export const callerOf = (url: string, bundle: KitBundle, { Username, PrivateKey }: AccountFile = bundle): Caller => ({
  url,
  username: Username,
  key: privateKeyOf(PrivateKey),
  ca: bundle.CaCertificate || null,
});

/** PEM, or the same without its armour. */
function privateKeyOf(text: string): KeyObject {
  try {
    return SCHEME_ALGORITHM.readPrivateKey(text);
  } catch {
    throw new UsageError('The PrivateKey of the bundle is no unencrypted PKCS#8 or PEM key.');
  }
}

/**
 * Reads the account at the stub, or makes one with a certificate and a scratch cinema for a URL at which the kit can listen.
 * @throws UsageError if the file was not made by the kit.
 */
export async function openStubBundle(path: string, url: string | undefined, cinemaCode = SCRATCH): Promise<StubBundle> {
  if (existsSync(path)) {
    const bundle = readJson(path) as StubBundle;
    if (typeof bundle.Kit?.TlsCert === 'string') return url === undefined ? bundle : { ...bundle, Url: url };
    throw new UsageError(
      `${path} was not made by the kit, which here is the platform and issues the account itself: name a file that does not exist yet.`,
    );
  }
  if (url === undefined) throw new UsageError(`${path} does not exist, and no URL says where the stub is to listen.`);
  const tls = await makeCertificate(new URL(url).hostname);
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const bundle: StubBundle = {
    Url: url,
    Username: 'conformance',
    PrivateKey: pemOf(privateKey),
    CaCertificate: tls.ca,
    CinemaCodes: [cinemaCode],
    Kit: {
      TlsCert: tls.cert,
      TlsKey: tls.key,
      Ukeys: makeUkeys().map(({ privateKey, startTime }) => ({ PrivateKey: pemOf(privateKey), StartTime: startTime })),
    },
  };
  writeFileSync(path, `${JSON.stringify(bundle, null, 2)}\n`, { mode: 0o600 });
  return bundle;
}

const pemOf = (key: KeyObject): string => key.export({ type: 'pkcs8', format: 'pem' }).toString();

/** A cinema that nobody has. */
export const SCRATCH = '99990001';

export type Hooks = ReturnType<typeof hooksOf>;

/** What the bundle's programs do for the tested role; null where it has none. */
export function hooksOf({ Import, Records, Restart }: KitBundle) {
  const run = async ([program = '', ...args]: readonly string[], values: Record<string, string> = {}) => {
    const filled = args.map((argument) => argument.replace(/\{(\w+)\}/g, (all, name) => values[name] ?? all));
    try {
      return (await promisify(execFile)(program, filled, { maxBuffer: 1 << 28 })).stdout;
    } catch (error) {
      throw new UsageError(`A program of the bundle failed: ${(error as Error).message}`);
    }
  };
  async function importRows(kind: string, rows: readonly object[]): Promise<void> {
    const directory = mkdtempSync(join(tmpdir(), 'conformance-'));
    const file = join(directory, `${kind}.ndjson`);
    writeFileSync(file, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
    await run(Import ?? [], { kind, file }).finally(() => rmSync(directory, { recursive: true }));
  }
  async function records(cinema: string): Promise<{ FilmTicketCode: string }[]> {
    const lines = (await run(Records ?? [], { cinema })).split('\n').filter((line) => line.startsWith('{'));
    return lines.map((line) => JSON.parse(line));
  }
  return {
    importRows: Import ? importRows : null,
    records: Records ? records : null,
    /** Kills the tested role as a power cut does, and starts it again. */
    restart: Restart ? async () => void (await run(Restart)) : null,
  };
}
