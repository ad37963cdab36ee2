import { constants, createPublicKey, privateEncrypt, publicDecrypt, randomInt } from 'node:crypto';
import { decodeTicketCode, parsePublicKey, type SoldTicket } from '@ticket-check/protocol';
import { type Cinema, HALF_AN_HOUR, makeUkey, now, type Ticket, type Ukey } from '../cinema.ts';
import { isShown, putTogether, testKey, type Vector, vectorsIn } from './vectors.ts';

type CodeVector = Vector & {
  readonly keys: readonly string[];
  readonly code: string;
  readonly messageHex?: string;
  readonly of?: { readonly key: string };
  readonly expected?: object;
};

const CLEAR = 8;
const MESSAGE = 107;
const raw = { padding: constants.RSA_NO_PADDING };
const isCanonical = (code: string) => Buffer.from(code.slice(CLEAR), 'base64').toString('base64') === code.slice(CLEAR);

export const CODES: readonly CodeVector[] = vectorsIn('ticket-codes.json');

/** The cases of vectors/ticket-codes.json that can be shown, made of tickets of the cinema. Scheme 5.1.2. */
export const codesOf = (cinema: Cinema) =>
  CODES.filter(isShown).map((vector) => ({
    name: vector.name,
    isGenuine: vector.expected !== undefined,
    make: (): Ticket => (vector.of === undefined ? sealed(cinema, vector) : edited(cinema, vector, vector.of)),
  }));

const bitsOf = (name: string) => Number(/\d+/.exec(name)?.[0]);

/** The key that makes codes of the present, or one of 2048 bits. */
export const ukeyOf = ({ ukeys, present }: Cinema, bits: number): Ukey =>
  (bits === 2048 && ukeys.find(({ privateKey: key }) => key.asymmetricKeyDetails?.modulusLength === bits)) || present;

/** A code cut, changed or read wrongly, or under a key that the terminal does not have. */
function edited(cinema: Cinema, { keys, code }: CodeVector, { key, parts }: NonNullable<CodeVector['of']>): Ticket {
  const isKnown = keys.includes(key);
  const ukey = isKnown ? ukeyOf(cinema, bitsOf(key)) : makeUkey(now(), undefined, bitsOf(key));
  for (;;) {
    const ticket = cinema.sell({ ukey });
    const changed = putTogether(ticket.code, parts);
    const isSame = changed === ticket.code;
    // By chance a code may have the character that it is to be given, and Base64 that caps lock breaks, or not.
    if (isSame !== isKnown && isCanonical(changed) === isCanonical(code)) return { ...ticket, code: changed };
  }
}

/** A block as in the vector, whatever its padding, of another ticket and for a session soon. */
function sealed(cinema: Cinema, { keys, code, messageHex, expected }: CodeVector): Ticket {
  const [key = ''] = keys.slice(-1);
  const block = publicDecrypt({ key: createPublicKey(testKey(key)), ...raw }, Buffer.from(code.slice(CLEAR), 'base64'));
  const start = block.length - (messageHex === undefined ? MESSAGE : messageHex.length / 2);
  const message = block.toString('latin1', start);
  const [date = '', time = ''] = now(HALF_AN_HOUR).slice(0, -3).split('T');
  const unique = `T${randomInt(1e9, 1e10)}`;
  const renamed = message.slice(0, 16).replace(/^T|^\d{11}/, unique);
  const filmTicketCode = renamed.slice(0, 16);
  const rest = message.slice(16).replace(/2026-11-24(.)19:30/, (_, between) => date + between + time);
  const ukey = ukeyOf(cinema, bitsOf(key));
  const sealedBlock = Buffer.concat([block.subarray(0, start), Buffer.from(filmTicketCode + rest, 'latin1')]);
  const made = cinema.code + privateEncrypt({ key: ukey.privateKey, ...raw }, sealedBlock).toString('base64');
  const { info } = cinema.sell();
  const fields =
    expected === undefined
      ? null
      : decodeTicketCode(made, [{ ...parsePublicKey(ukey.spki), startTime: ukey.startTime }]).fields;
  const identity = {
    filmTicketCode: filmTicketCode.replace(/[\0 ]*$/, '').padEnd(16, '0'),
    startTime: `${date}T${time}:00`,
  };
  const amounts = { price: fields?.price ?? info.price, service: fields?.service ?? info.service };
  return { code: made, info: { ...info, ...identity, ...fields, ...amounts } as SoldTicket };
}
