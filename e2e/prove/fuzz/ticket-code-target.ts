import { decodeTicketCode, ProtocolError, readTicketCode, type TicketCodeFields } from '@ticket-check/protocol';
import { mutateText } from './mutate-text.ts';
import type { Chance } from './random.ts';
import { blockOf, CINEMA, cinemaKeys, type SampleCode, sampleCodes } from './samples.ts';

const texts = sampleCodes.map(({ text }) => text);
const genuine = new Map(sampleCodes.map(({ text }) => [text, JSON.stringify(decoded(text))]));

/** Decodes as a terminal does: with the keys of the cinema that the code names. */
function decoded(text: string): TicketCodeFields {
  return decodeTicketCode(text, readTicketCode(text).cinemaCode === CINEMA ? cinemaKeys : []).fields;
}

const blockNumber = ({ text }: SampleCode): bigint =>
  BigInt(`0x${Buffer.from(text.slice(8), 'base64').toString('hex')}`);

/** What somebody without the private key can calculate out of codes that he has seen. */
function calculated(chance: Chance): string {
  const sample = chance.pick(sampleCodes);
  const { text, modulus } = sample;
  const other = chance.pick(sampleCodes.filter((one) => one.modulus === modulus));
  const block = blockNumber(sample);
  const numbers = [
    block + modulus,
    modulus - block,
    (block * blockNumber(other)) % modulus,
    (block * block) % modulus,
    (block * BigInt(1 + chance.below(1000))) % modulus,
    block ^ (1n << BigInt(chance.below(modulus.toString(2).length))),
    BigInt(chance.below(3)),
    modulus - 1n,
  ];
  const bytes = (modulus.toString(16).length + 1) >> 1;
  const hex = chance
    .pick(numbers)
    .toString(16)
    .padStart(bytes * 2, '0');
  return text.slice(0, 8) + Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex').toString('base64');
}

/** A block that the cinema's own key made, of something that is no ticket. */
function madeOfNoTicket(chance: Chance): string {
  const { privateKey, content } = chance.pick(sampleCodes);
  const fields = [content.filmTicketCode, content.screenCode, content.filmCode, content.sessionCode, content.startTime];
  const message = mutateText(`${fields.join('')}${content.seatCode}045.00002.00`, texts, chance).replace(
    /[^\0-\xff]/g,
    '?',
  );
  return CINEMA + blockOf(message.slice(0, 117), privateKey);
}

const PRINTABLE = /^[\x21-\x7e]+$/;

/**
 * One mutated ticket info code; what is wrong with the answer, or null. A mutated code is accepted only where it is a
 * genuine one again. Readings T1 to T4, T7.
 */
export function mutateTicketCode(chance: Chance): string | null {
  const isOwnBlock = chance.oneIn(20);
  const text = isOwnBlock
    ? madeOfNoTicket(chance)
    : chance.oneIn(10)
      ? calculated(chance)
      : mutateText(chance.pick(texts), texts, chance);
  let fields: TicketCodeFields;
  try {
    fields = decoded(text);
  } catch (error) {
    return error instanceof ProtocolError && error.code.startsWith('CODE_') ? null : `${text}: ${error}`;
  }
  if (isOwnBlock) {
    const { startTime, filmTicketCode, screenCode, filmCode, sessionCode, seatCode } = fields;
    const isInForm =
      [filmTicketCode, screenCode, sessionCode, seatCode].every((code) => code.length === 16 && PRINTABLE.test(code)) &&
      filmCode.length === 12 &&
      !Number.isNaN(Date.parse(startTime));
    return isInForm ? null : `${text}: fields out of form ${JSON.stringify(fields)}`;
  }
  const same = genuine.get(text);
  if (same === undefined) return `${text}: accepted, and is no code that was made`;
  return same === JSON.stringify(fields) ? null : `${text}: other fields ${JSON.stringify(fields)}`;
}
