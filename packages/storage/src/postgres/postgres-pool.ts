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

export function isPostgresUrl(url: string): boolean {
  return /^postgres(ql)?:\/\//.test(url);
}

/** Connects and asserts that commits survive a power loss (reading S2). */
export async function openPostgresPool(url: string): Promise<pg.Pool> {
  const target = parseTarget(url);
  const pool = new pg.Pool({
    connectionString: url,
    application_name: 'ticket-check',
    connectionTimeoutMillis: 5000,
    keepAlive: true,
    types,
  });
  // An idle connection that the server drops must not end the process: the pool replaces it.
  pool.on('error', () => {});
  try {
    const { rows } = await pool.query<Record<string, string>>(
      `select current_setting('fsync') as fsync, current_setting('synchronous_commit') as commit,
        current_setting('server_encoding') as encoding`,
    );
    verifySettings(rows[0] ?? {});
    return pool;
  } catch (error) {
    await pool.end();
    throw asStoreError(error, target);
  }
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

function verifySettings({ fsync, commit, encoding }: Record<string, string>): void {
  if (fsync !== 'on') {
    throw new StoreError(
      'NOT_DURABLE',
      `The PostgreSQL server runs with fsync = ${fsync}, so a power loss would lose records.`,
    );
  }
  if (commit === 'off') {
    throw new StoreError(
      'NOT_DURABLE',
      'PostgreSQL has synchronous_commit = off for this user or database, so a power loss would lose records.',
    );
  }
  if (encoding !== 'UTF8') {
    throw new StoreError('CANNOT_OPEN', `The PostgreSQL database has the encoding ${encoding}; it must be UTF8.`);
  }
}

function asStoreError(error: unknown, target: URL): StoreError {
  if (error instanceof StoreError) return error;
  const code = errorCode(error);
  const cause = { cause: error };
  // Class 28: invalid authorization.
  if (code.startsWith('28')) {
    return new StoreError(
      'ACCESS_DENIED',
      `PostgreSQL at ${target.host} lets nobody in like this: ${errorText(error)}.`,
      cause,
    );
  }
  // Class 3D: invalid catalog name.
  if (code.startsWith('3D')) {
    return new StoreError('CANNOT_OPEN', `PostgreSQL at ${target.host} refuses: ${errorText(error)}.`, cause);
  }
  const reason = code === 'ECONNREFUSED' ? 'the connection was refused' : errorText(error) || code;
  return new StoreError('CANNOT_OPEN', `PostgreSQL at ${target.host} cannot be reached: ${reason}.`, cause);
}
