import { createHash, createPublicKey, generateKeyPairSync, type KeyObject, sign, verify } from 'node:crypto';
import { expect, it } from 'vitest';
import { parseCinemaCode } from '../codes.ts';
import type { Fen } from '../money.ts';
import type { CinemaKey } from '../public-key/keys-in-force.ts';
import { parsePublicKey } from '../public-key/parse-public-key.ts';
import { storedKeyReader } from '../public-key/stored-keys.ts';
import { refusalOf, testCinemaKey, testPrivateKey } from '../testing/vectors.ts';
import type { TicketCodeScheme } from '../ticket-code-schemes/ticket-code-scheme.ts';
import { TICKET_CODE_SCHEMES } from '../ticket-code-schemes/ticket-code-schemes.ts';
import { parseWallClock } from '../time.ts';
import { decodeTicketCode } from './decode-ticket-code.ts';
import { encodeTicketCode, type TicketCodeContent } from './encode-ticket-code.ts';
import { MESSAGE_LENGTH } from './layout.ts';

const SIGNATURE_LENGTH = 64;

/** The fields as they are, and a signature over them: as a scheme without message recovery has to do it. */
const ed25519: TicketCodeScheme = {
  name: 'ed25519',
  readKey(text) {
    const key = readSpki(text);
    if (key?.asymmetricKeyType !== 'ed25519') return null;
    const der = key.export({ format: 'der', type: 'spki' });
    return {
      key,
      spki: der.toString('base64'),
      fingerprint: createHash('sha256').update(der).digest('hex'),
      blockLength: MESSAGE_LENGTH + SIGNATURE_LENGTH,
    };
  },
  seal: (message, privateKey) => Buffer.concat([message, sign(null, message, privateKey)]),
  open(block, publicKey) {
    const message = block.subarray(0, MESSAGE_LENGTH);
    return verify(null, message, publicKey, block.subarray(MESSAGE_LENGTH)) ? message : null;
  },
};

function readSpki(text: string): KeyObject | null {
  try {
    return createPublicKey({ key: Buffer.from(text, 'base64'), format: 'der', type: 'spki' });
  } catch {
    return null;
  }
}

const SCHEMES = [...TICKET_CODE_SCHEMES, ed25519];
const startTime = parseWallClock('2026-01-01T00:00:00');

const content: TicketCodeContent = {
  cinemaCode: parseCinemaCode('31010001'),
  filmTicketCode: '3101000100000795',
  screenCode: '0000000000000007',
  filmCode: '001102582019',
  sessionCode: '3101000120261124',
  startTime: parseWallClock('2026-11-24T20:00:00'),
  seatCode: '00000401_##8_##9',
  price: 4500 as Fen,
  service: 200 as Fen,
};

/** A cinema with a key of the second scheme, and one of the first, as a store of ours has them. */
function makeCinema() {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const sent = publicKey.export({ format: 'der', type: 'spki' }).toString('base64');
  const spkis = [testCinemaKey('cinema-1024').spki, parsePublicKey(sent, SCHEMES).spki];
  const refused: string[] = [];
  const keysAs = (schemes: readonly TicketCodeScheme[]) => {
    const read = storedKeyReader(({ spki }, { code }) => refused.push(`${code} ${spki}`), schemes);
    const keys = spkis.map((spki) => read({ cinemaCode: content.cinemaCode, spki, startTime }));
    return keys.filter((key): key is CinemaKey => key !== null);
  };
  const code = encodeTicketCode(content, (message) => ed25519.seal(message, privateKey));
  return { code, sent, refused, keysAs };
}

it('opens codes beside the first, each by the key that made it', () => {
  const { code, keysAs } = makeCinema();
  const keys = keysAs(SCHEMES);
  // As they arrive in a thread.
  for (const known of [keys, structuredClone(keys)]) {
    for (const [made, scheme] of [
      [code, 'ed25519'],
      [encodeTicketCode(content, testPrivateKey('cinema-1024')), 'rsa-type-1'],
    ] as const) {
      const { fields, key } = decodeTicketCode(made, known, { schemes: SCHEMES });
      expect(key.scheme).toBe(scheme);
      expect(fields).toMatchObject({ seatCode: content.seatCode, startTime: content.startTime, price: content.price });
    }
  }
});

it('proves nothing where the fields were changed, or the key is another cinema’s', () => {
  const { code, keysAs } = makeCinema();
  const changed = Buffer.from(code.slice(8), 'base64');
  changed.writeUInt8(changed.readUInt8(0) ^ 1, 0);
  const attempts: [string, CinemaKey[]][] = [
    [code.slice(0, 8) + changed.toString('base64'), keysAs(SCHEMES)],
    [code, makeCinema().keysAs(SCHEMES)],
  ];
  for (const [text, keys] of attempts) {
    expect(refusalOf(() => decodeTicketCode(text, keys, { schemes: SCHEMES })).code).toBe('CODE_NOT_GENUINE');
  }
});

it('is left unchanged by a version that does not know it', () => {
  const { code, sent, refused, keysAs } = makeCinema();
  const known = keysAs(TICKET_CODE_SCHEMES);
  expect(known.map(({ scheme }) => scheme)).toEqual(['rsa-type-1']);
  expect(refused).toEqual([`PUBLIC_KEY_UNREADABLE ${sent}`]);
  expect(refusalOf(() => parsePublicKey(sent)).code).toBe('PUBLIC_KEY_UNREADABLE');
  expect(refusalOf(() => decodeTicketCode(code, keysAs(SCHEMES))).code).toBe('CODE_NOT_GENUINE');
});
