import type { KeyObject } from 'node:crypto';
import { algorithmNamed, type Bundle, createUpstream, type Upstream } from '@ticket-check/exchange';
import {
  cinemaRowJson,
  type Extension,
  filmRowJson,
  type IntakeReply,
  MAX_RECORDS,
  publicKeyRowJson,
  readIntakeReply,
  refundRowJson,
  type SignatureAlgorithm,
  screenRowJson,
  ticketRowJson,
} from '@ticket-check/protocol';
import { ExpectedError } from '@ticket-check/runtime';
import { type BoxOffice, FACT_KINDS, type FactKind } from './box-office.ts';
import { publicPart } from './ukeys/ukey.ts';

const TIMEOUT_MS = 30_000;

const fact = <Row>(
  element: string,
  list: (from: BoxOffice) => readonly Row[],
  json: (row: Row, from: BoxOffice) => unknown,
) => ({
  api: `Import${element}`,
  element,
  count: (from: BoxOffice) => list(from).length,
  rows: (from: BoxOffice, start: number) =>
    list(from)
      .slice(start, start + MAX_RECORDS)
      .map((row) => json(row, from)),
});

const FACTS = {
  cinemas: fact('Cinemas', ({ cinema }) => [cinema], cinemaRowJson),
  screens: fact(
    'Screens',
    ({ screens }) => screens,
    (screen, { cinema }) => screenRowJson({ ...screen, cinemaCode: cinema.cinemaCode }),
  ),
  films: fact('Films', ({ films }) => films, filmRowJson),
  publicKeys: fact(
    'PublicKeys',
    ({ ukeys }) => ukeys,
    (ukey, { cinema: { cinemaCode } }) => publicKeyRowJson({ ...ukey, cinemaCode, spki: publicPart(ukey).spki }),
  ),
  tickets: fact(
    'Tickets',
    ({ tickets }) => tickets,
    (ticket) => ticketRowJson(ticket),
  ),
  refunds: fact('Refunds', ({ refunds }) => refunds, refundRowJson),
} satisfies Record<FactKind, unknown>;

type FeedResult = Record<FactKind, IntakeReply>;

/**
 * Sends the national platform what it has not confirmed yet: cinema, screens, films, public keys, tickets, refunds, in this
 * order and at most 1000 rows a request. Confirmed rows are noted in `boxOffice.fed` request by request, so that a later
 * call goes on from there; a row that arrives twice changes nothing. If the platform's data begin a new generation (it was
 * set up again), everything is sent again.
 *
 * @throws ExpectedError with the rows that were sent, and why they were refused.
 */
export async function feed(boxOffice: BoxOffice, national: Upstream): Promise<FeedResult> {
  const result = Object.fromEntries(FACT_KINDS.map((kind) => [kind, { imported: 0, unchanged: 0 }])) as FeedResult;
  const { fed } = boxOffice;
  for (let kind = nextKind(boxOffice); kind !== undefined; kind = nextKind(boxOffice)) {
    const { api, element, rows } = FACTS[kind];
    const batch = rows(boxOffice, fed[kind]);
    const how = { read: readIntakeReply, timeoutMs: TIMEOUT_MS, idempotent: true };
    const outcome = await national.call(api, { [element]: batch }, how);
    if (outcome.kind !== 'delivered') {
      const { code, message } = outcome;
      throw new ExpectedError(`The national platform at ${national.url} did not take ${api} (${code}: ${message}).`);
    }
    const { imported, unchanged } = outcome.reply;
    result[kind] = { imported: result[kind].imported + imported, unchanged: result[kind].unchanged + unchanged };
    const isOtherGeneration = fed.generation !== null && fed.generation !== outcome.generation;
    if (isOtherGeneration) for (const each of FACT_KINDS) fed[each] = 0;
    else fed[kind] += batch.length;
    fed.generation = outcome.generation;
  }
  return result;
}

function nextKind(boxOffice: BoxOffice): FactKind | undefined {
  return FACT_KINDS.find((kind) => boxOffice.fed[kind] < FACTS[kind].count(boxOffice));
}

/**
 * Creates a client of the platform that issued the bundle; the caller closes it. It speaks the scheme and the given extensions.
 *
 * @param now epoch milliseconds
 * @throws ExpectedError if the bundle holds no readable private key
 */
export function connectByBundle(bundle: Bundle, now: () => number, extensions: readonly Extension[] = []): Upstream {
  const algorithm = algorithmNamed(bundle.Algorithm, 'The bundle');
  return createUpstream({
    url: bundle.Url,
    username: bundle.Username,
    algorithm,
    privateKey: readPrivateKey(bundle.PrivateKey, algorithm),
    ca: bundle.CaCertificate,
    extensions,
    now,
  });
}

function readPrivateKey(pem: string | null, algorithm: SignatureAlgorithm): KeyObject {
  try {
    return algorithm.readPrivateKey(pem ?? '');
  } catch (error) {
    throw new ExpectedError('The bundle holds no PrivateKey in PEM form, which calls from here need.', {
      cause: error,
    });
  }
}
