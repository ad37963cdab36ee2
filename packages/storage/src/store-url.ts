import { isAbsolute } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { StoreError } from './store-error.ts';

const SCHEME = 'sqlite:';

export function isSqliteUrl(url: string): boolean {
  return url.startsWith(SCHEME);
}

/** The URL of a SQLite database file, for `openStore` and DATABASE_URL. */
export function sqliteUrl(path: string): string {
  return SCHEME + pathToFileURL(path).href.slice('file:'.length);
}

export function parseSqliteUrl(url: string): string {
  const malformed = () =>
    new StoreError('BAD_URL', `The database URL ${url} must have the form sqlite:///absolute/path/to/file.db.`);
  try {
    const file = new URL(`file:${url.slice(SCHEME.length)}`);
    const path = fileURLToPath(file);
    if (!url.startsWith('sqlite:///') || file.search || file.hash || !isAbsolute(path) || path.endsWith('/')) {
      throw malformed();
    }
    return path;
  } catch {
    throw malformed();
  }
}

export function isPostgresUrl(url: string): boolean {
  return /^postgres(ql)?:\/\//.test(url);
}
