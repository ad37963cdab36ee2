import {
  compressed,
  type Envelope,
  EXTENSIONS_HEADER,
  type Extension,
  epochOf,
  inChinese,
  type MessageLanguage,
  ProtocolError,
  parseExtensions,
  parseStoreGeneration,
  readEnvelope,
  readLargeEnvelope,
  SMALL_BODY_BYTES,
  STORE_ELEMENT,
} from '@ticket-check/protocol';
import {
  countedTotal,
  countedTotalBy,
  createConcurrencyLimit,
  createLogSampler,
  inTurns,
  measuredGauge,
  type Registry,
} from '@ticket-check/runtime';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import PQueue from 'p-queue';
import type { Accounts } from '../accounts/accounts.ts';
import { type AdmissionQueue, createAdmissionQueue } from './admission-queue.ts';
import { authenticate } from './authenticate.ts';
import {
  bodyReader,
  createLargeBodies,
  type LargeBodies,
  type ReceivedBody,
  type RefusedBody,
  receivedBody,
} from './body.ts';
import { type EnvelopeOptions, envelopeReplies } from './envelope-replies.ts';
import { createRefusalPace, isUnsigned, type RefusalPace, type RefusalPaceOptions } from './refusal-pace.ts';
import type { RefusedRequests } from './refused-requests.ts';
import { createRequestLimit, type RequestLimit } from './request-limit.ts';
import type { Call, SignedApi } from './signed-api.ts';

export type SignedApisOptions = EnvelopeOptions & {
  apis: readonly SignedApi[];
  accounts: Accounts;
  windowMs?: number;
  /** Bounds the memory of large bodies whose sender is not known yet. */
  largeBodies?: LargeBodies;
  bodyWithinMs?: number;
  /** Requests that each account may make in a minute at this process. */
  requestsPerMinute?: number;
  refusalPace?: RefusalPaceOptions;
  refusedRequests?: RefusedRequests;
  metrics?: Registry;
  onStoreFault?: (fault: string) => void;
};

const CODINGS = ['gzip', 'deflate', 'br', 'zstd'];
const WINDOW_MS = 5 * 60 * 1000;
/** Of a bulk Api: 1000 check records with RSA-4096 codes and names of 128 characters, each written as \uXXXX. */
const BODY_LIMIT = 4_000_000;
/** 32 of the largest bodies. */
const LARGE_BYTES = 128 * 1024 * 1024;
/** Less than the 60 s that Node gives a request. */
const BODY_MS = 50_000;
/** Large requests of one account in memory at a time; enough for three processes of a platform reporting at full speed. */
const MAX_LARGE_OF_ONE = 24;
const TOO_MANY_LARGE = 'Too many large requests of this account are under way; send this one later.';
/** 1000 a second: ten gates make a few hundred in a minute, a whole province at the peak of a holiday some 15,000. */
const REQUESTS_PER_MINUTE = 60_000;

/**
 * Fastify plugin that serves signed Apis at `POST /`, whatever the Content-Type (E1). A request is refused at the first of these that fails:
 * size, envelope, Api, Datetime, account with signature, the account's requests in a minute, what can be answered in time, the caller's
 * store (X4), role, QueryData, cinema. Only bulk Apis take bodies larger than 64 KiB, and QueryData of those is parsed only once the sender
 * is known. Scheme 6.2–6.5, 7.2–7.5; reading E9.
 */
export async function signedApis(app: FastifyInstance, options: SignedApisOptions): Promise<void> {
  const { accounts, now, windowMs = WINDOW_MS, bodyWithinMs = BODY_MS } = options;
  const { largeBodies = createLargeBodies(LARGE_BYTES) } = options;
  const admission = createAdmissionQueue();
  const apis = new Map(options.apis.map((api) => [api.name, api]));
  if (apis.size < options.apis.length) throw new Error('two Apis have the same name');
  // Large bodies are read one at a time and in turns with everything else, those of known senders first.
  const reading = new PQueue({ concurrency: 1 });
  const large = createConcurrencyLimit({ perOwner: MAX_LARGE_OF_ONE });
  const refusals = createLogSampler({ logger: app.log, summary: 'more requests were refused' });
  // Apart from those: strangers must not use up the lines about accounts.
  const warnings = createLogSampler({ logger: app.log, summary: 'more warnings about an account' });
  const limit = createRequestLimit(options.requestsPerMinute ?? REQUESTS_PER_MINUTE);
  const pace = createRefusalPace(options.refusalPace);
  if (options.metrics !== undefined) countRefusals(options.metrics, { limit, pace, admission });
  app.addHook('preClose', async () => pace.close());
  app.addHook('onClose', async () => {
    refusals.close();
    warnings.close();
  });
  const { answer: reply, refuse } = envelopeReplies({ ...options, refusals });
  const noteLimit = ({ log, ip }: FastifyRequest, message: string, line: { username?: string } = {}) =>
    refusals.note(message, ip, () => log.error({ ...line, remoteAddress: ip }, message));

  /** The Api that a request calls, once it has passed the checks that come before its signature. */
  function apiOf(envelope: Pick<Envelope, 'api' | 'datetime'>, isLarge: boolean): SignedApi {
    const api = apis.get(envelope.api);
    if (api === undefined) throw new ProtocolError('API_UNKNOWN', 'No Api of this name is served here.');
    if (isLarge && !api.bulk) {
      throw new ProtocolError('BODY_TOO_LARGE', `A request for ${api.name} has at most ${SMALL_BODY_BYTES} bytes.`);
    }
    assertInWindow(envelope, now(), windowMs);
    return api;
  }

  async function answer(request: FastifyRequest, to: FastifyReply): Promise<void> {
    const sender: Sender = { username: undefined, isKnown: false, language: 'en' };
    try {
      const answered = await answerTo(request, sender);
      reply(to, sender.language === 'zh' ? inChinese(answered) : answered);
    } catch (error) {
      const { body } = sender;
      // Nothing references the body any more, so a waiting refusal holds a connection and no bytes.
      sender.body = undefined;
      if (error instanceof ProtocolError && !sender.isKnown) {
        // Of a large body nothing is kept that could be explained.
        if (isUnsigned(error.code) || (error.code === 'CLOCK_SKEW' && body !== undefined))
          options.refusedRequests?.note(sender.username, error.code, body);
        const noteSlow = () => noteLimit(request, 'slowing refusals of unsigned requests from an address');
        if (isUnsigned(error.code)) await pace.slow(request.ip, noteSlow);
      }
      refuse(request, to, error, sender);
    }
  }

  async function answerTo(request: FastifyRequest, sender: Sender): Promise<unknown> {
    const body = takeBody(request);
    try {
      const coding = request.headers['content-encoding']?.trim().toLowerCase() ?? '';
      if (coding !== '' && coding !== 'identity')
        throw compressed(CODINGS.find((one) => coding.includes(one)) ?? 'Content-Encoding');
      const envelope = body.isLarge
        ? await reading.add(() => inTurns(readLargeEnvelope(body.take())))
        : readSmall(body, sender);
      sender.username = envelope.username;
      const api = apiOf(envelope, body.isLarge);
      const { account, signature } = await authenticate(envelope, { accounts, now: now() });
      sender.isKnown = true;
      sender.language = account.messageLanguage;
      sender.body = undefined;
      body.release();
      const [{ username }, { datetime }] = [account, envelope];
      const tooMany = 'refused requests of an account beyond REQUESTS_PER_MINUTE';
      limit.spend(username, datetime, () => noteLimit(request, tooMany, { username }));
      const call = { account, signed: { datetime, signature } };
      // After the signature: nobody's requests but those of accounts wait in the queue.
      if ('query' in envelope) {
        const { query } = envelope;
        const work = () => ask(api, query, call, request);
        return await (api.isProbe(query) ? work() : admission.run(api.priority, work));
      }
      const readQuery = () => reading.add(() => inTurns(envelope.readQuery()), { priority: 1 });
      const answer = large.run(username, () =>
        admission.run(api.priority, async () => ask(api, await readQuery(), call, request)),
      );
      if (answer === null) throw new ProtocolError('OVERLOADED', TOO_MANY_LARGE);
      return await answer;
    } finally {
      body.release();
    }
  }

  async function ask(
    api: SignedApi,
    query: Record<string, unknown>,
    call: Pick<Call, 'account' | 'signed'>,
    request: FastifyRequest,
  ) {
    const announced = parseExtensions(request.headers[EXTENSIONS_HEADER]);
    const extended = (token: Extension) => announced.has(token);
    const { account } = call;
    const callersStore = parseStoreGeneration(query[STORE_ELEMENT]);
    // A caller that speaks the extension and names no store has not learned yet that this server reads it. The header is not
    // signed, so it may refuse this one request and change nothing.
    if (callersStore !== null) await accounts.admitStore(account, callersStore);
    else if (extended('signed-store')) accounts.assertUnbound(account);
    if (account.role !== api.role) {
      throw new ProtocolError('API_NOT_ALLOWED', `This account may not call ${api.name}.`);
    }
    const { id: requestId, log, ip } = request;
    const warn = (line: Record<string, unknown>, message: string) =>
      warnings.note(`${account.username}: ${message}`, ip, () => log.warn(line, message));
    const { generation } = options.currentGeneration();
    const isCurrent = () => options.currentGeneration().generation === generation;
    try {
      const answer = await api.answer(query, { ...call, extended, requestId, log, warn });
      if (isCurrent()) return answer;
    } catch (error) {
      if (isCurrent()) throw error;
    }
    throw new ProtocolError('STORE_UNAVAILABLE', 'The data were replaced while this was being answered; ask again.');
  }

  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', bodyReader({ limit: BODY_LIMIT, withinMs: bodyWithinMs, large: largeBodies }));
  app.addHook('onRequest', (request, _to, done) => {
    // Fastify would refuse a malformed Content-Type before the body is looked at. (A deleted key would slow the object.)
    request.raw.headers['content-type'] = undefined;
    done();
  });
  app.setErrorHandler((error, request, to) => refuse(request, to, error));

  app.post('/', (request, to) => {
    void answer(request, to);
  });
}

type Sender = {
  username: string | undefined;
  isKnown: boolean;
  language: MessageLanguage;
  /** The bytes of a small body, until its sender is known. */
  body?: Buffer | undefined;
};

/** Detaches the body from its request, so that it is freed as soon as it has been read. */
function takeBody(request: FastifyRequest): ReceivedBody {
  const body = (request.body ?? receivedBody(Buffer.alloc(0))) as ReceivedBody | RefusedBody;
  request.body = undefined;
  if ('refusal' in body) throw body.refusal;
  return body;
}

function readSmall(body: ReceivedBody, sender: Sender): Envelope {
  sender.body = body.take();
  return readEnvelope(sender.body);
}

function assertInWindow(envelope: Pick<Envelope, 'datetime'>, now: number, windowMs: number): void {
  if (Math.abs(epochOf(envelope.datetime) - now) <= windowMs) return;
  throw new ProtocolError(
    'CLOCK_SKEW',
    `Datetime is more than ${windowMs / 1000} s from this server's clock, which this reply carries.`,
  );
}

function countRefusals(
  registry: Registry,
  { limit, pace, admission }: { limit: RequestLimit; pace: RefusalPace; admission: AdmissionQueue },
): void {
  countedTotal(registry, 'requests_over_limit_total', 'Requests refused beyond REQUESTS_PER_MINUTE', limit.refused);
  measuredGauge(registry, 'requests_limited_accounts', 'Accounts refused in the current minute', limit.accounts);
  countedTotal(registry, 'refusals_slowed_total', 'Unsigned requests beyond REFUSALS_PER_MINUTE', pace.slowed);
  measuredGauge(registry, 'requests_waiting', 'Requests of accounts that wait for a place', admission.waiting);
  const shed = 'Requests that could not be answered in time, by what they are for';
  countedTotalBy(registry, 'requests_shed_total', shed, 'priority', admission.shed);
}
