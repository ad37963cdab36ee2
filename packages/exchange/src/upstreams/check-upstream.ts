import { createPrivateKey, createPublicKey } from 'node:crypto';
import { connect } from 'node:tls';
import {
  APIS,
  type ErrorCode,
  epochOf,
  getPublicKeysQueryJson,
  isJsonObject,
  jsonObjectIn,
  readForeignTime,
  readPublicKeysReply,
  unsignedRequest,
  wallClockAt,
} from '@ticket-check/protocol';
import { ExpectedError } from '@ticket-check/runtime';
import { fingerprintOf, spkiOf } from '../accounts/account-keyring.ts';
import { algorithmNamed } from '../algorithms.ts';
import { outcomeOf, readReplyEnvelope } from '../client/outcome.ts';
import { timeForm, whyNoEnvelope } from '../client/reply-words.ts';
import { createTransport, JSON_HEADERS } from '../client/transport.ts';
import { NO_CINEMA } from './ask-within.ts';
import type { UpstreamSettings, UpstreamStore } from './store.ts';

const ASKED_WITHIN_MS = 15_000;

/** Asks for keys in each form of signature, and says what works, its certificate, clock and words. Scheme 6.6.1; E3, E12. */
export async function checkUpstream(settings: UpstreamSettings, now: () => number) {
  const { url, username, caPem } = settings;
  const certificate = await certificateOf(url, caPem);
  const transport = createTransport(url, caPem);
  try {
    const asked: Awaited<ReturnType<typeof askForKeys>>[] = [];
    for (const form of algorithmNamed(settings.algorithm, 'The upstream').forms)
      asked.push(await askForKeys(transport, settings, form, now));
    const works = asked.filter((one) => one.works).map(({ form }) => form);
    const heard = asked.find((one) => one.works && one.reply !== null) ?? asked.find(({ reply }) => reply !== null);
    const body = heard?.reply ? jsonObjectIn(heard.reply.body.toString('utf8')) : null;
    const words = body && wordsOf(body);
    return {
      Url: url,
      Username: username,
      Certificate: certificate,
      Forms: asked.map(({ form, works: Works, says }) => ({ PayloadForm: form, Works, Says: says })),
      Clock: body && heard?.reply ? clockOf(body, heard.reply.roundTripMs, now) : null,
      Words: words,
      PayloadForm: settings.payloadForm,
      Setting: asked.some(({ envelope }) => envelope !== null)
        ? settingOf(works, settings.payloadForm, words?.OtherCase ?? [])
        : `not known: no reply is an envelope, so no signature was judged; ${certificate.Trusted ? '' : 'give its CA with --ca, or '}compare Url first`,
    };
  } finally {
    await transport.close();
  }
}

/** Codes that are answered only once the signature was verified (docs/protocol.md: the order in which a request is refused). */
const AFTER_SIGNATURE: readonly string[] = [
  ...(['ACCOUNT_IN_USE', 'API_NOT_ALLOWED', 'CINEMA_NOT_ALLOWED'] satisfies ErrorCode[]),
  ...(['CINEMA_UNKNOWN', 'KEYS_UNAVAILABLE'] satisfies ErrorCode[]),
];

async function askForKeys(
  transport: ReturnType<typeof createTransport>,
  settings: UpstreamSettings,
  form: string,
  now: () => number,
) {
  const algorithm = algorithmNamed(settings.algorithm, 'The upstream');
  const cinemaCode = settings.cinemaCodes === 'all' ? NO_CINEMA : (settings.cinemaCodes[0] ?? NO_CINEMA);
  const content = { datetime: wallClockAt(now()), username: settings.username, api: APIS.getPublicKeys };
  const { text, body } = unsignedRequest({ ...content, query: getPublicKeysQueryJson(cinemaCode) });
  const signed = body(algorithm.sign(text, algorithm.readPrivateKey(settings.privateKeyPem), form));
  const posted = await transport.post(signed, JSON_HEADERS, ASKED_WITHIN_MS);
  const reply = posted.kind === 'reply' ? posted : null;
  const envelope = reply && readReplyEnvelope(reply);
  /** `isVerified`: whether the answer shows it of the signature. A foreign platform may say an empty list before. */
  const asked = (code: string, says: string, isVerified = false, works = isVerified) => {
    return { form, works, isVerified, code, says, reply, envelope };
  };
  if (posted.kind === 'retry') return asked(posted.code, `${posted.code}: ${posted.message}`);
  if (!envelope) {
    const says = `HTTP ${posted.status}; the reply is no envelope: ${whyNoEnvelope(posted.body)}`;
    return asked(`HTTP_${posted.status}`, says);
  }
  const outcome = outcomeOf(posted.status, envelope, readPublicKeysReply);
  if (outcome.kind !== 'delivered') {
    const { code, message } = outcome;
    return asked(code, `${code}: ${message}`, AFTER_SIGNATURE.includes(code));
  }
  const { keys, unusable } = outcome.reply;
  const bad = unusable.map(({ index, errorMessage }) => `; PublicKeys[${index}] cannot be used: ${errorMessage}`);
  return asked('', `keys: ${keys.length}${bad.slice(0, 3).join('')}`, keys.length + unusable.length > 0, true);
}

const SIGNATURE_REFUSED: readonly string[] = ['SIGNATURE_INVALID', 'UNAUTHORIZED'];

/** Returns the pending key if the platform above verified a signature of it. Reading E8. @throws ExpectedError otherwise. */
export async function acceptedKey(upstreams: UpstreamStore): Promise<string> {
  const [settings, pending] = [await upstreams.current(), await upstreams.pendingKey()];
  if (settings === null) throw new ExpectedError('No upstream is set yet: see upstream set.');
  if (pending === null) throw new ExpectedError('No key is pending: make one first (upstream new-key).');
  const transport = createTransport(settings.url, settings.caPem);
  try {
    const withPending = { ...settings, privateKeyPem: pending };
    const { isVerified, code, says } = await askForKeys(transport, withPending, settings.payloadForm, Date.now);
    if (isVerified) return pending;
    if (SIGNATURE_REFUSED.includes(code)) {
      throw new ExpectedError(
        'The platform above does not accept the pending key yet: give it the public half (upstream new-key), have it added there (account add-key), and try again. Nothing was changed.',
      );
    }
    throw new ExpectedError(
      `The platform above did not say whether it accepts the pending key (${says}). Nothing was changed: try again. If it never does, ask its operator; once the key is added there, upstream set without a private key uses it without asking.`,
    );
  } finally {
    await transport.close();
  }
}

/** As the platform above lists it (account keys). */
export function fingerprintOfPrivate(pem: string): string {
  return fingerprintOf(spkiOf(createPublicKey(createPrivateKey(pem))));
}

function settingOf(works: readonly string[], current: string, otherCase: readonly string[]): string {
  if (works.includes(current)) return `leave --payload-form ${current}`;
  const [form] = works;
  if (form !== undefined) return `upstream set … --payload-form ${form}`;
  if (otherCase.length > 0) return `not known: have the platform write ${otherCase.join(', ')} as the scheme does`;
  return 'no form works: compare Url, Username and the key with what the platform issued';
}

/** Beyond this a platform refuses requests, ours among them. Reading E6. */
const WINDOW_SECONDS = 300;

function clockOf({ Datetime }: Record<string, unknown>, roundTripMs: number, now: () => number) {
  try {
    const text = String(Datetime);
    const seconds = Math.round((epochOf(readForeignTime(text)) - (now() - roundTripMs / 2)) / 1000);
    const apart = Math.abs(seconds);
    let Says = apart > WINDOW_SECONDS ? 'more than five minutes apart: set one of the two clocks' : 'agrees';
    if (Math.abs(apart - 8 * 3600) < WINDOW_SECONDS) Says = 'it is eight hours off: UTC and not the time of Shanghai';
    return { Datetime: text, AheadSeconds: seconds, Says };
  } catch {
    return { Datetime: Datetime ?? null, AheadSeconds: null, Says: 'it tells no time that can be read' };
  }
}

const NAMES = ['Version', 'Datetime', 'ReplyData'];
const KEY_NAMES = ['PublicKey', 'StartTime'];
const DATA_NAMES = ['PublicKeys', 'ErrorCode', 'ErrorMessage'];

function wordsOf(body: Record<string, unknown>) {
  const data = isJsonObject(body.ReplyData) ? body.ReplyData : {};
  const [key] = Array.isArray(data.PublicKeys) ? data.PublicKeys.filter(isJsonObject) : [];
  const foreignIn = (value: object, names: readonly string[]) =>
    Object.keys(value).filter((name) => !names.includes(name));
  const foreign = [...foreignIn(body, NAMES), ...foreignIn(data, DATA_NAMES), ...foreignIn(key ?? {}, KEY_NAMES)];
  const known = [...NAMES, ...DATA_NAMES, ...KEY_NAMES].map((name) => name.toLowerCase());
  return {
    OtherCase: foreign.filter((name) => known.includes(name.toLowerCase())),
    Unknown: foreign.filter((name) => !known.includes(name.toLowerCase())),
    Version: typeof body.Version === 'number' ? `a number: ${body.Version}` : (body.Version ?? null),
    Datetime: timeForm(body.Datetime),
    StartTime: key === undefined ? null : timeForm(key.StartTime),
  };
}

function certificateOf(url: string, ca: string | null) {
  const { hostname, port } = new URL(url);
  const host = hostname.replace(/^\[|\]$/g, '');
  const { promise, resolve } = Promise.withResolvers<{ readonly Trusted: boolean; readonly Problem: string | null }>();
  const socket = connect({
    ...{ host, port: Number(port || 443), rejectUnauthorized: false, timeout: ASKED_WITHIN_MS },
    ...(/^[\d.]+$|:/.test(host) ? {} : { servername: host }),
    ...(ca !== null && { ca }),
  });
  const failed = (problem: string) => resolve({ Trusted: false, Problem: problem });
  socket.once('secureConnect', () => {
    const shown = socket.getPeerCertificate();
    resolve({
      ...{ Subject: shown.subject?.CN ?? null, Issuer: shown.issuer?.CN ?? null },
      ...{ ValidFrom: shown.valid_from, ValidUntil: shown.valid_to, Fingerprint: shown.fingerprint256 },
      ...{ Protocol: socket.getProtocol(), Trusted: socket.authorized },
      Problem: socket.authorized ? null : String(socket.authorizationError),
    });
  });
  socket.once('error', (error) => failed(error.message));
  socket.once('timeout', () => failed(`no answer within ${ASKED_WITHIN_MS} ms`));
  return promise.finally(() => socket.destroy());
}
