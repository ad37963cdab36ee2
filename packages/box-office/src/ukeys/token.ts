import { createPublicKey, type KeyObject } from 'node:crypto';
import type { TicketSealer } from '@ticket-check/protocol';
import { ExpectedError } from '@ticket-check/runtime';
import type { Handle, PKCS11 } from 'pkcs11js';

type Pkcs11 = typeof import('pkcs11js');

/** Where a token's key is: the vendor's PKCS#11 module, the token's serial number, and the key's ID in hexadecimal digits. */
export type TokenPlace = { readonly module: string; readonly serial: string; readonly keyId: string };
/** A token may be named by less where that leaves no choice. */
type TokenSearch = {
  readonly module: string;
  readonly serial?: string | undefined;
  readonly keyId?: string | undefined;
};

export type OpenToken = { readonly place: TokenPlace; readonly publicKey: KeyObject; readonly seal: TicketSealer };

/** As long as the block of the largest key. */
const BLOCK_BYTES = 512;

/** A session of this process is gone, or the token was unplugged in between: it is looked for again. */
const SESSION_LOST = new Set([
  'CKR_SESSION_HANDLE_INVALID',
  'CKR_SESSION_CLOSED',
  'CKR_USER_NOT_LOGGED_IN',
  'CKR_KEY_HANDLE_INVALID',
  'CKR_OBJECT_HANDLE_INVALID',
  'CKR_CRYPTOKI_NOT_INITIALIZED',
  'CKR_DEVICE_REMOVED',
  'CKR_TOKEN_NOT_PRESENT',
]);

/**
 * Opens a token and logs in. Its key never leaves it: what it seals goes through `CKM_RSA_PKCS`. A session that was closed, also
 * because the token was unplugged and plugged in again, is opened again by itself.
 *
 * @throws ExpectedError saying what is missing or wrong, and what to do; so does `seal`.
 */
export async function openToken(search: TokenSearch, pin: string): Promise<OpenToken> {
  const pkcs11 = await loadBinding();
  const library = loadModule(pkcs11, search.module);
  let { session, key, place, publicKey } = logIn(pkcs11, library, search, pin);

  function sign(message: Buffer): Buffer {
    library.C_SignInit(session, { mechanism: pkcs11.CKM_RSA_PKCS }, key);
    return library.C_Sign(session, message, Buffer.alloc(BLOCK_BYTES));
  }

  function seal(message: Buffer): Buffer {
    try {
      return sign(message);
    } catch (error) {
      if (!SESSION_LOST.has(nameOf(error))) throw failure('sign', error);
    }
    ({ session, key } = logIn(pkcs11, library, place, pin));
    try {
      return sign(message);
    } catch (error) {
      throw failure('sign', error);
    }
  }

  return { place, publicKey, seal };
}

/** It is compiled on demand: nobody without a token needs it, or a compiler. */
async function loadBinding(): Promise<Pkcs11> {
  try {
    const { default: pkcs11 } = await import('pkcs11js');
    return pkcs11;
  } catch (error) {
    throw new ExpectedError(
      'The binding to PKCS#11 is not built: npx --yes pnpm@12 --filter @ticket-check/box-office build:ukey builds it, with a C++ compiler, make and Python 3.',
      { cause: error },
    );
  }
}

function loadModule(pkcs11: Pkcs11, path: string): PKCS11 {
  const library = new pkcs11.PKCS11();
  try {
    library.load(path);
  } catch (error) {
    throw new ExpectedError(
      `The PKCS#11 module ${path} cannot be loaded: give the path of the library that the vendor of the Ukey installs.`,
      { cause: error },
    );
  }
  initialize(library);
  return library;
}

function initialize(library: PKCS11): void {
  try {
    library.C_Initialize();
  } catch (error) {
    if (nameOf(error) !== 'CKR_CRYPTOKI_ALREADY_INITIALIZED') throw failure('start', error);
  }
}

function logIn(pkcs11: Pkcs11, library: PKCS11, search: TokenSearch, pin: string) {
  initialize(library);
  const { slot, serial } = findSlot(pkcs11, library, search);
  const session = library.C_OpenSession(slot, pkcs11.CKF_SERIAL_SESSION);
  try {
    checkPin(pkcs11, library, slot, session, pin);
    const { key, keyId } = findKey(pkcs11, library, session, search);
    const place = { module: search.module, serial, keyId };
    return { session, key, place, publicKey: publicKeyOf(pkcs11, library, session, key) };
  } catch (error) {
    library.C_CloseSession(session);
    throw error;
  }
}

function findSlot(pkcs11: Pkcs11, library: PKCS11, { serial }: TokenSearch): { slot: Handle; serial: string } {
  const tokens = library.C_GetSlotList(true).flatMap((slot) => {
    const info = library.C_GetTokenInfo(slot);
    return (info.flags & pkcs11.CKF_TOKEN_INITIALIZED) === 0 ? [] : [{ slot, serial: info.serialNumber.trim() }];
  });
  const found = tokens.filter((token) => serial === undefined || token.serial === serial);
  const [token] = found;
  const present = tokens.map((one) => one.serial).join(', ');
  if (token === undefined) {
    const others = present === '' ? 'no token is' : `only ${present} is`;
    throw new ExpectedError(
      `The Ukey${serial === undefined ? '' : ` ${serial}`} is not plugged in (${others}): plug it in and try again.`,
    );
  }
  if (found.length > 1)
    throw new ExpectedError(`Several tokens are plugged in: name one by its serial number (${present}).`);
  return token;
}

function checkPin(pkcs11: Pkcs11, library: PKCS11, slot: Handle, session: Handle, pin: string): void {
  const locked = 'The Ukey is locked after too many wrong PINs: its vendor, or whoever has its SO PIN, unlocks it.';
  const flags = () => library.C_GetTokenInfo(slot).flags;
  if ((flags() & pkcs11.CKF_USER_PIN_LOCKED) !== 0) throw new ExpectedError(locked);
  try {
    loginAnew(pkcs11, library, session, pin);
  } catch (error) {
    const name = nameOf(error);
    if (name === 'CKR_PIN_LOCKED') throw new ExpectedError(locked, { cause: error });
    if (!['CKR_PIN_INCORRECT', 'CKR_PIN_INVALID', 'CKR_PIN_LEN_RANGE'].includes(name)) throw failure('log in', error);
    const isLast = (flags() & pkcs11.CKF_USER_PIN_FINAL_TRY) !== 0;
    throw new ExpectedError(
      `The PIN is wrong. ${isLast ? 'One more wrong PIN locks the Ukey.' : 'A Ukey locks itself after a few wrong PINs: be sure of it before you try again.'}`,
      { cause: error },
    );
  }
}

/**
 * A login holds for all sessions of the process, and while it does no PIN is compared. Sessions that are logged out by this log in
 * again by themselves.
 */
function loginAnew(pkcs11: Pkcs11, library: PKCS11, session: Handle, pin: string): void {
  try {
    library.C_Login(session, pkcs11.CKU_USER, pin);
  } catch (error) {
    if (nameOf(error) !== 'CKR_USER_ALREADY_LOGGED_IN') throw error;
    library.C_Logout(session);
    library.C_Login(session, pkcs11.CKU_USER, pin);
  }
}

function findKey(pkcs11: Pkcs11, library: PKCS11, session: Handle, { keyId }: TokenSearch) {
  library.C_FindObjectsInit(session, [
    { type: pkcs11.CKA_CLASS, value: pkcs11.CKO_PRIVATE_KEY },
    { type: pkcs11.CKA_KEY_TYPE, value: pkcs11.CKK_RSA },
    ...(keyId === undefined ? [] : [{ type: pkcs11.CKA_ID, value: Buffer.from(keyId, 'hex') }]),
  ]);
  const keys: Handle[] = [];
  for (let next = library.C_FindObjects(session); next !== null; next = library.C_FindObjects(session)) keys.push(next);
  library.C_FindObjectsFinal(session);
  const [key] = keys;
  if (key === undefined) {
    throw new ExpectedError(`The Ukey holds no RSA key${keyId === undefined ? '' : ` with the ID ${keyId}`}.`);
  }
  const ids = keys.map((one) => attribute(library, session, one, pkcs11.CKA_ID).toString('hex'));
  if (keys.length > 1)
    throw new ExpectedError(`The Ukey holds several RSA keys: name one by its ID (${ids.join(', ')}).`);
  return { key, keyId: ids[0] ?? '' };
}

function publicKeyOf(pkcs11: Pkcs11, library: PKCS11, session: Handle, key: Handle): KeyObject {
  const part = (type: number) => attribute(library, session, key, type).toString('base64url');
  const jwk = { kty: 'RSA', n: part(pkcs11.CKA_MODULUS), e: part(pkcs11.CKA_PUBLIC_EXPONENT) };
  return createPublicKey({ key: jwk, format: 'jwk' });
}

function attribute(library: PKCS11, session: Handle, object: Handle, type: number): Buffer {
  const [found] = library.C_GetAttributeValue(session, object, [{ type }]);
  return Buffer.from((found?.value ?? '') as Buffer);
}

/** `CKR_PIN_INCORRECT` and its like. */
const nameOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

function failure(what: string, error: unknown): ExpectedError {
  return new ExpectedError(`The Ukey could not ${what} (${nameOf(error)}).`, { cause: error });
}
