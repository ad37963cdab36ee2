import { createDecipheriv, createHmac, pbkdf2Sync } from 'node:crypto';
import { closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs';
import { saltOf } from '../database-key.ts';

// The SQLCipher 4 format, as SQLite writes it here: AES-256-CBC, a random IV and an HMAC-SHA512 at the end of each page,
// and in place of the first 16 bytes of the file a salt, which only the key of the HMACs depends on.
const PAGE_BYTES = 4096;
const SALT_BYTES = 16;
const IV_BYTES = 16;
const MAC_BYTES = 64;
const MAC_SALT_MASK = 0x3a;
const MAC_ITERATIONS = 2;
const WAL_HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;
const MAX_PROBED = 1000;

export const USABLE_BYTES = PAGE_BYTES - IV_BYTES - MAC_BYTES;

const MAGIC = Buffer.from('SQLite format 3\0', 'latin1');

/** The location of a page: in the database file or in its write-ahead log. */
type Place = { readonly file: number; readonly offset: number };

export type EncryptedPages = ReturnType<typeof openEncryptedPages>;

/**
 * The pages of an encrypted SQLite file that can still be read, without SQLite, which gives up a file whose first page is
 * damaged; in the write-ahead log the last committed state counts. Closing drops every lock of this process on the file
 * (POSIX).
 */
export function openEncryptedPages(path: string, key: string) {
  const keyBytes = Buffer.from(key, 'hex');
  const files: number[] = [];
  const places = new Map<number, Place[]>();

  function open(file: string): number {
    const opened = openSync(file, 'r');
    files.push(opened);
    return opened;
  }

  function close(): void {
    for (const file of files.splice(0)) closeSync(file);
  }

  function locate(): void {
    const main = open(path);
    const pages = Math.floor(fstatSync(main).size / PAGE_BYTES);
    for (let number = 1; number <= pages; number += 1)
      places.set(number, [{ file: main, offset: (number - 1) * PAGE_BYTES }]);
    if (!existsSync(`${path}-wal`)) return;
    const log = open(`${path}-wal`);
    for (const [number, offset] of committedFrames(log))
      places.set(number, [{ file: log, offset }, ...(places.get(number) ?? [])]);
  }

  /** Null if nothing in the file was written with this key. Salts differ where another program made the file. */
  function findMacKey(): Buffer | null {
    const found = (places.get(1) ?? []).flatMap((place) => readAt(place)?.subarray(0, SALT_BYTES) ?? []);
    for (const salt of [saltOf(key), ...found]) {
      const macSalt = salt.map((byte) => byte ^ MAC_SALT_MASK);
      const macKey = pbkdf2Sync(keyBytes, macSalt, MAC_ITERATIONS, 32, 'sha512');
      const probed = places.keys().take(MAX_PROBED);
      if (probed.some((number) => authentic(number, macKey) !== null)) return macKey;
    }
    return null;
  }

  /** What was written last of a page, as it was written. */
  function authentic(number: number, macKey: Buffer): Buffer | null {
    for (const place of places.get(number) ?? []) {
      const raw = readAt(place);
      if (raw !== null && isAuthentic(raw, number, macKey)) return raw;
    }
    return null;
  }

  function decrypt(raw: Buffer, number: number): Buffer {
    const from = number === 1 ? SALT_BYTES : 0;
    const iv = raw.subarray(USABLE_BYTES, USABLE_BYTES + IV_BYTES);
    const cipher = createDecipheriv('aes-256-cbc', keyBytes, iv).setAutoPadding(false);
    const data = Buffer.concat([cipher.update(raw.subarray(from, USABLE_BYTES)), cipher.final()]);
    return number === 1 ? Buffer.concat([MAGIC, data]) : data;
  }

  try {
    locate();
    const macKey = findMacKey();
    return {
      keyFits: macKey !== null,
      count: Math.max(0, ...places.keys()),
      /** The content of a page, from 1 on; null if it is lost. */
      page(number: number): Buffer | null {
        const raw = macKey && authentic(number, macKey);
        return raw && decrypt(raw, number);
      },
      close,
    };
  } catch (error) {
    close();
    throw error;
  }
}

function readAt({ file, offset }: Place): Buffer | null {
  const page = Buffer.alloc(PAGE_BYTES);
  try {
    return readSync(file, page, 0, PAGE_BYTES, offset) === PAGE_BYTES ? page : null;
  } catch {
    // A sector that the disk cannot read any more.
    return null;
  }
}

function isAuthentic(raw: Buffer, number: number, macKey: Buffer): boolean {
  const mac = createHmac('sha512', macKey);
  mac.update(raw.subarray(number === 1 ? SALT_BYTES : 0, USABLE_BYTES + IV_BYTES));
  const numberBytes = Buffer.alloc(4);
  numberBytes.writeUInt32LE(number);
  return mac
    .update(numberBytes)
    .digest()
    .equals(raw.subarray(USABLE_BYTES + IV_BYTES));
}

/** Finds the offset of each page's last committed state in a write-ahead log. */
function committedFrames(log: number): Map<number, number> {
  const committed = new Map<number, number>();
  const header = Buffer.alloc(WAL_HEADER_BYTES);
  if (readSync(log, header, 0, WAL_HEADER_BYTES, 0) < WAL_HEADER_BYTES) return committed;
  const salts = header.subarray(16, 24);
  const { size } = fstatSync(log);
  const pending = new Map<number, number>();
  const frame = Buffer.alloc(FRAME_HEADER_BYTES);
  for (let at = WAL_HEADER_BYTES; at + FRAME_HEADER_BYTES + PAGE_BYTES <= size; at += FRAME_HEADER_BYTES + PAGE_BYTES) {
    readSync(log, frame, 0, FRAME_HEADER_BYTES, at);
    // What follows was left by an earlier round of the log.
    if (!frame.subarray(8, 16).equals(salts)) break;
    pending.set(frame.readUInt32BE(0), at + FRAME_HEADER_BYTES);
    const isCommit = frame.readUInt32BE(4) !== 0;
    if (!isCommit) continue;
    for (const [number, offset] of pending) committed.set(number, offset);
    pending.clear();
  }
  return committed;
}
