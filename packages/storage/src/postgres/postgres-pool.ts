import pg from 'pg';
import { errorCode, errorText, StoreError } from '../store-error.ts';

const { builtins } = pg.types;

// Whole numbers, sums of them and truth values come out as on SQLite: as numbers.
const PARSERS = new Map<number, (text: string) => unknown>([
  [builtins.INT8, Number],
  [builtins.NUMERIC, Number],
  [builtins.BOOL, (text) => (text === 't' ? 1 : 0)],
]);

const types: pg.CustomTypesConfig = {
  getTypeParser: (oid, format) =>
    (format === 'binary' ? undefined : PARSERS.get(oid)) ?? pg.types.getTypeParser(oid, format),
};

/** How long a connection may take to be made, and how long a caller waits for one. */
export const CONNECT_TIMEOUT_MS = 5000;

/**
 * Connects and asserts that nobody reads along (reading S1) and that commits survive a power loss (reading S2).
 * @throws StoreError BAD_URL, UNPROTECTED, CANNOT_OPEN, ACCESS_DENIED, NOT_DURABLE.
 */
export async function openPostgresPool(url: string): Promise<pg.Pool> {
  const target = parseTarget(url);
  let pool: pg.Pool | undefined;
  try {
    assertPrivate(url, target);
    pool = makePool(url);
    const { rows } = await pool.query<Record<string, string>>(
      `select current_setting('fsync') as fsync, current_setting('synchronous_commit') as commit,
        current_setting('server_encoding') as encoding`,
    );
    verifySettings(rows[0] ?? {});
    return pool;
  } catch (error) {
    await pool?.end();
    throw asStoreError(error, target);
  }
}

const REPORT_TIMEOUT_MS = 30_000;

/**
 * Begins the transaction of a report. No parallel workers: claims need the other processors. No JIT: it takes longer than it saves.
 * Settings are local to this transaction: behind a transaction pooler the connection serves writers next.
 */
export const BEGIN_REPORT = `
  begin read only;
  set local statement_timeout = ${REPORT_TIMEOUT_MS};
  set local max_parallel_workers_per_gather = 0;
  set local jit = off;
  set local work_mem = '32MB';
`;

/** A few connections beside the others, for reports; none is made before it is needed. */
export function reportsPool(url: string): pg.Pool {
  return makePool(url, { max: 2 });
}

function makePool(url: string, limits: { max?: number } = {}): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    ...limits,
    application_name: 'ticket-check',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
    types,
  });
  // An idle connection that the server drops must not end the process: the pool replaces it.
  pool.on('error', () => {});
  // Nor one that is in use: its query fails, and the pool handles only idle clients.
  pool.on('connect', (client) => {
    client.on('error', () => {});
  });
  return pool;
}

function parseTarget(url: string): URL {
  try {
    return new URL(url);
  } catch {
    // The URL itself stays out of the message: it may hold a password.
    throw new StoreError(
      'BAD_URL',
      'The database URL must have the form postgres://user:password@host:port/database, special characters in it as %XX.',
    );
  }
}

/** Between machines TLS with a certificate that is verified is needed, unless the URL says outright that the way there is private otherwise. */
function assertPrivate(url: string, target: URL): void {
  // What the client makes of the URL, the certificates and keys that it names, and the variables PGHOST and PGSSLMODE.
  const { host, ssl } = new pg.Client({ connectionString: url });
  if (isVerified(ssl) || isOnThisMachine(host) || target.searchParams.get('sslmode') === 'disable') return;
  const asked = ssl ? 'takes whatever certificate it shows' : 'asks for no TLS';
  throw new StoreError(
    'UNPROTECTED',
    `PostgreSQL at ${host} is on another machine and the database URL ${asked}, so passwords and records could be read on the way: add ?sslmode=verify-full&sslrootcert=/path/to/ca.pem to it, or ?sslmode=disable where that network is private.`,
  );
}

/** `sslmode=no-verify`, and libpq's `require`, encrypt but accept anybody in between. Of `ssl=false` the client makes a word. */
function isVerified(ssl: boolean | string | { rejectUnauthorized?: boolean }): boolean {
  return typeof ssl === 'object' ? ssl.rejectUnauthorized !== false : ssl === true;
}

function isOnThisMachine(host: string): boolean {
  const isSocket = host.startsWith('/');
  return isSocket || host === 'localhost' || host === '::1' || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host);
}

function verifySettings({ fsync, commit, encoding }: Record<string, string>): void {
  const lossy =
    fsync !== 'on'
      ? `The PostgreSQL server runs with fsync = ${fsync}`
      : commit === 'off'
        ? 'PostgreSQL has synchronous_commit = off for this user or database'
        : null;
  if (lossy !== null) throw new StoreError('NOT_DURABLE', `${lossy}, so a power loss would lose records.`);
  if (encoding !== 'UTF8') {
    throw new StoreError('CANNOT_OPEN', `The PostgreSQL database has the encoding ${encoding}; it must be UTF8.`);
  }
}

function asStoreError(error: unknown, target: URL): StoreError {
  if (error instanceof StoreError) return error;
  const code = errorCode(error);
  // Class 28: invalid authorization.
  const accessCode = code.startsWith('28') ? 'ACCESS_DENIED' : 'CANNOT_OPEN';
  const reason = code === 'ECONNREFUSED' ? 'the connection was refused' : errorText(error) || code;
  return new StoreError(accessCode, `PostgreSQL at ${target.host} cannot be used: ${reason}.`, { cause: error });
}
