import {
  APIS,
  type CheckRecord,
  checkTicketJson,
  claimTicketQuery,
  decodeTicketCode,
  getPublicKeysQuery,
  getTicketInfoQuery,
  getTicketInfosQuery,
  importCinemasQuery,
  importFilmsQuery,
  importPublicKeysQuery,
  importRefundsQuery,
  importScreensQuery,
  importTicketsQuery,
  PRICE_FORMS,
  ProtocolError,
  parseCheckTicket,
  parseExtensions,
  parseFilmTicketCode,
  parsePublicKey,
  parseQuery,
  parseRecordId,
  parseWallClock,
  readClaimTicketReply,
  readEnvelope,
  readErrorReply,
  readIntakeReply,
  readPublicKeysReply,
  readReleaseClaimReply,
  readReply,
  readReportReply,
  readTicketInfoReply,
  readTicketInfosReply,
  releaseClaimQuery,
  reportQuery,
  verifySignature,
} from '@ticket-check/protocol';
import { mutateJson } from './mutate-json.ts';
import { bytesOf, mutateText } from './mutate-text.ts';
import type { Chance } from './random.ts';
import {
  accountPublicKey,
  CINEMA,
  sampleCodes,
  sampleEnvelopes,
  samplePublicKeys,
  sampleQueries,
  sampleRecords,
  sampleReplies,
} from './samples.ts';
import { mutateTicketCode } from './ticket-code-target.ts';

/** Makes one mutated input and returns what is wrong with the result; null if all is as promised. */
export type Target = (chance: Chance) => string | null;

/** A refusal is sent to the caller and logged: a message that repeats the input could be as long as a stranger likes. */
const LONGEST_MESSAGE = 1_000;

/** Runs a reader; a ProtocolError is an answer, anything else that is thrown is not. */
function read<T>(reader: () => T, input: string): { value: T } | { refused: true } | { fault: string } {
  try {
    return { value: reader() };
  } catch (error) {
    if (error instanceof ProtocolError && error.message.length <= LONGEST_MESSAGE) return { refused: true };
    return { fault: `${error instanceof Error ? error.stack : error} for ${input.slice(0, 2000)}` };
  }
}

const faultOf = (...answers: ReturnType<typeof read>[]): string | null =>
  answers.map((answer) => ('fault' in answer ? answer.fault : null)).find((fault) => fault !== null) ?? null;

/** A key that is accepted is one that K1 and T2 allow, is the same when it is read again, and opens no code but its own. */
const publicKey: Target = (chance) => {
  const text = mutateText(chance.pick(samplePublicKeys), samplePublicKeys, chance);
  const answer = read(() => parsePublicKey(text), text);
  if (!('value' in answer)) return faultOf(answer);
  const { key, spki, fingerprint, blockLength } = answer.value;
  const { modulusLength: bits = 0, publicExponent = 0n } = key.asymmetricKeyDetails ?? {};
  if (bits < 1024 || publicExponent < 65_537n || blockLength !== Math.ceil(bits / 8)) return `${text}: accepted`;
  if (parsePublicKey(spki).fingerprint !== fingerprint) return `${text}: another key when it is read again`;
  const { text: code } = chance.pick(sampleCodes);
  const opened = read(
    () => decodeTicketCode(code, [{ ...answer.value, startTime: parseWallClock('2020-01-01T00:00:00') }]),
    text,
  );
  return faultOf(opened);
};

const served: ReadonlySet<string> = new Set(Object.values(APIS));

/** The five signed values as a server takes them; null where it refuses the body. */
function signedValues(body: Buffer): string | null {
  const envelope = readEnvelope(body);
  if (!served.has(envelope.api) || !verifySignature(envelope, accountPublicKey)) return null;
  const { version, datetime, username, api, query } = envelope;
  // 1 and 1.0 are one version.
  return JSON.stringify([Number(version), datetime, username, api, query]);
}

const signedByUs: ReadonlySet<string | null> = new Set(sampleEnvelopes.map((text) => signedValues(Buffer.from(text))));

/** A body that is accepted says what was signed. Readings E2 to E5. */
const envelope: Target = (chance) => {
  const sample = chance.pick(sampleEnvelopes);
  const text = chance.oneIn(3) ? mutateJson(JSON.parse(sample), chance) : mutateText(sample, sampleEnvelopes, chance);
  const answer = read(() => signedValues(bytesOf(text, chance)), text);
  if (!('value' in answer)) return faultOf(answer);
  return answer.value === null || signedByUs.has(answer.value) ? null : `${text}: accepted as ${answer.value}`;
};

/** A record that is accepted is the same record when it is sent on. Readings R3, R7. */
const checkRecord: Target = (chance) => {
  const text = mutateJson(chance.pick(sampleRecords), chance);
  const raw: unknown = JSON.parse(text);
  const extended = chance.oneIn(2);
  const answer = read(() => parseCheckTicket(raw, CINEMA, { extended, overrides: extended }), text);
  if (!('value' in answer)) return faultOf(answer);
  const recordId = answer.value.recordId ?? parseRecordId('019389f2-7c00-7abc-8def-0123456789ab');
  const record: CheckRecord = { ...answer.value, recordId };
  const both = { extended: true, overrides: true };
  const sent = JSON.stringify(checkTicketJson(record, { ...both, priceForm: chance.pick(PRICE_FORMS) }));
  const again = JSON.stringify(parseCheckTicket(JSON.parse(sent), CINEMA, both));
  return again === JSON.stringify(record) ? null : `${text}: sent on as ${sent}`;
};

const QUERIES = {
  [APIS.getPublicKeys]: getPublicKeysQuery,
  [APIS.getTicketInfo]: getTicketInfoQuery,
  [APIS.getTicketInfos]: getTicketInfosQuery,
  [APIS.reportOriginalCheckTickets]: reportQuery,
  [APIS.claimTicket]: claimTicketQuery,
  [APIS.releaseClaim]: releaseClaimQuery,
  [APIS.importCinemas]: importCinemasQuery,
  [APIS.importScreens]: importScreensQuery,
  [APIS.importFilms]: importFilmsQuery,
  [APIS.importPublicKeys]: importPublicKeysQuery,
  [APIS.importTickets]: importTicketsQuery,
  [APIS.importRefunds]: importRefundsQuery,
};

const query: Target = (chance) => {
  const [api, schema] = chance.pick(Object.entries(QUERIES));
  const text = mutateJson(sampleQueries[api], chance);
  const raw: unknown = JSON.parse(text);
  return faultOf(read(() => parseQuery<unknown>(schema, raw), text));
};

const asked = {
  cinemaCode: CINEMA,
  filmTicketCode: parseFilmTicketCode('3101000100000795'),
  startTime: parseWallClock('2026-11-24T19:30:00'),
};

/** What a peer answers is read as an answer about the ticket that was asked for, or refused. Reading E12. */
const reply: Target = (chance) => {
  const sample = chance.pick(sampleReplies);
  const text = chance.oneIn(3) ? mutateText(JSON.stringify(sample), [''], chance) : mutateJson(sample, chance);
  const answer = read(() => readReply(bytesOf(text, chance)).replyData, text);
  if (!('value' in answer)) return faultOf(answer);
  const data = answer.value;
  const ticket = read(() => readTicketInfoReply(data, asked), text);
  if ('value' in ticket && ticket.value !== 'unknown-ticket' && ticket.value.filmTicketCode !== asked.filmTicketCode) {
    return `${text}: taken for another ticket`;
  }
  return faultOf(
    ticket,
    read(() => readTicketInfosReply(data, 2), text),
    read(() => readPublicKeysReply(data), text),
    read(() => readReportReply(data), text),
    read(() => readIntakeReply(data), text),
    read(() => readErrorReply(data), text),
    read(() => readClaimTicketReply(data, asked), text),
    read(() => readReleaseClaimReply(data), text),
  );
};

const extensions: Target = (chance) => {
  const text = mutateText('record-id, claim-ticket,store-generation', [''], chance);
  return faultOf(read(() => parseExtensions(text), text));
};

/** What is mutated in this process, and how large its share is. */
export const PROTOCOL_TARGETS: readonly { name: string; share: number; once: Target }[] = [
  { name: 'ticket codes', share: 35, once: mutateTicketCode },
  { name: 'envelopes', share: 35, once: envelope },
  { name: 'public keys', share: 5, once: publicKey },
  { name: 'check records', share: 10, once: checkRecord },
  { name: 'queries', share: 8, once: query },
  { name: 'replies', share: 6, once: reply },
  { name: 'extension headers', share: 1, once: extensions },
];
