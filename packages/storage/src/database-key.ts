import { hash, randomBytes } from 'node:crypto';
import { linkSync, readFileSync, statSync } from 'node:fs';
import { writeDurably } from './durable-file.ts';
import { errorCode, errorText, StoreError } from './store-error.ts';

const KEY_FORM = /^[0-9a-f]{64}$/i;

/**
 * Loads the key of the encrypted database from its file; the first start makes it, with mode 0600, and two that start at
 * once get the same. One that others can read may be a mounted secret: it is used, with a warning.
 * @throws StoreError BAD_KEY unless the file holds 64 hex digits, CANNOT_OPEN when it cannot be read or made.
 */
export function loadOrCreateKey(path: string): string {
  return readKey(path) ?? createKey(path);
}

/** @throws StoreError BAD_KEY when `key` is not 64 hex digits. */
export function verifyKeyForm(key: string): void {
  if (!KEY_FORM.test(key)) throw new StoreError('BAD_KEY', 'The database key must be 64 hex digits.');
}

/**
 * The salt of the files that are encrypted with a key. SQLCipher makes the keys of its MACs from it, which needs no randomness beside
 * that of the key: so the pages of a file can be verified whose beginning, with the salt, is lost.
 */
export function saltOf(key: string): Buffer {
  return hash('sha256', Buffer.concat([Buffer.from('salt'), Buffer.from(key, 'hex')]), 'buffer').subarray(0, 16);
}

function readKey(path: string): string | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8').trim();
    if (process.platform !== 'win32' && (statSync(path).mode & 0o077) !== 0) {
      process.emitWarning(`The database key file ${path} can be read by others than its owner; make its mode 0600.`);
    }
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw new StoreError('CANNOT_OPEN', `The database key file ${path} cannot be read: ${errorText(error)}.`, {
      cause: error,
    });
  }
  if (!KEY_FORM.test(text)) {
    throw new StoreError('BAD_KEY', `The database key file ${path} must hold 64 hex digits and nothing else.`);
  }
  return text;
}

function createKey(path: string): string {
  const key = randomBytes(32).toString('hex');
  try {
    // A link never replaces: the first process decides the key, and nobody reads half a file.
    writeDurably(path, `${key}\n`, 0o600, (draft) => linkSync(draft, path));
    return key;
  } catch (error) {
    const others = errorCode(error) === 'EEXIST' ? readKey(path) : undefined;
    if (others !== undefined) return others;
    throw new StoreError(
      'CANNOT_OPEN',
      `The database key file ${path} cannot be made: ${errorText(error)}; DATABASE_KEY_FILE names another place for it.`,
      { cause: error },
    );
  }
}
