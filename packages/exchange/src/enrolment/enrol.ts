import { createHash, X509Certificate } from 'node:crypto';
import { getCACertificates } from 'node:tls';
import { jsonObjectIn, orNull, SCHEME_ALGORITHM } from '@ticket-check/protocol';
import { ExpectedError, reasonOf } from '@ticket-check/runtime';
import { z } from 'zod';
import { isUsername } from '../accounts/account.ts';
import type { Issuer } from '../accounts/issue-bundle.ts';
import { algorithmNamed } from '../algorithms.ts';

const NOT_TRUSTED =
  /^(?:ERR_TLS_)?CERT_|SELF_SIGNED_CERT|^UNABLE_TO_(?:GET|VERIFY|DEC)|^INVALID_CA$|^HOSTNAME_MISMATCH$/;
const WITHIN_MS = 15_000;
const MAX_BYTES = 64 * 1024;

type Reply = { readonly status: number; readonly text: string };

const answered = z.object({ Username: z.string(), CinemaCodes: z.array(z.string()) });

/**
 * Fetches the CA of a platform, PEM, verified by the enrolment's fingerprint: the server is not authenticated yet and is sent nothing.
 * Null if the caller's own trusted CAs decide. @throws ExpectedError if nobody answers, or with anything else.
 */
export async function fetchCa({ url, caFingerprint }: Enrolment): Promise<string | null> {
  if (caFingerprint === null) return null;
  const { status, text } = await ask(besideApis(url, ENROLMENT_PATH), { isKnown: false, ca: null });
  const ca = status === 200 ? onlyCertificateIn(text) : null;
  if (ca !== null && caFingerprintOf(ca) === caFingerprint) return ca;
  throw new ExpectedError(
    `The server at ${new URL(url).host} is not the platform that made the enrolment: it did not answer with exactly the CA certificate of the enrolment. Nothing was sent there; ask the administrator of the platform.`,
  );
}

/** TLS trusts every certificate of a PEM text, where `X509Certificate` reads the first. */
function onlyCertificateIn(text: string): string | null {
  return text.split('-----BEGIN').length === 2 ? orNull(() => new X509Certificate(text).toString()) : null;
}

/** Has the platform issue the account to a public key (PEM); may be repeated. @throws ExpectedError if it issues another or none. */
export async function redeemEnrolment(
  { url, username, code }: Enrolment,
  { ca, publicKey }: { ca: string | null; publicKey: string },
): Promise<{ cinemaCodes: readonly string[] }> {
  const body = JSON.stringify({ Code: code, PublicKey: publicKey });
  const { status, text } = await ask(besideApis(url, ENROLMENT_PATH), { isKnown: true, ca, body });
  if (status === 404) {
    throw new ExpectedError(
      'The platform knows no such enrolment: its code was used by another terminal, is more than an hour old, or a newer one was made. Have the administrator make another one.',
    );
  }
  if (status === 429) throw new ExpectedError('The platform was asked too often: try again in a minute.');
  const reply = jsonObjectIn(text);
  const read = answered.safeParse(reply);
  if (status !== 200 || !read.success) {
    const why = typeof reply?.message === 'string' ? reply.message : 'it did not say why.';
    throw new ExpectedError(`The platform did not enrol this terminal (HTTP ${status}): ${why}`);
  }
  if (read.data.Username !== username) {
    throw new ExpectedError(`The platform issued another account than ${username}; nothing was changed here.`);
  }
  return { cinemaCodes: read.data.CinemaCodes };
}

/** @param options `isKnown`: whether the certificate is verified; without it only what proves itself may be asked. */
async function ask(url: string, options: { isKnown: boolean; ca: string | null; body?: string }): Promise<Reply> {
  const { isKnown, ca, body } = options;
  const { Agent, request } = await import('undici');
  const trusted = ca ?? [...getCACertificates('default'), ...getCACertificates('system')];
  const connect = { ca: trusted, rejectUnauthorized: isKnown, minVersion: 'TLSv1.2' } as const;
  const dispatcher = new Agent({ connect, maxResponseSize: MAX_BYTES });
  try {
    const reply = await request(url, {
      dispatcher,
      method: body === undefined ? 'GET' : 'POST',
      signal: AbortSignal.timeout(WITHIN_MS),
      ...(body !== undefined && { body, headers: { 'content-type': 'application/json' } }),
    });
    return { status: reply.statusCode, text: await reply.body.text() };
  } catch (error) {
    const [{ host }, reason] = [new URL(url), reasonOf(error)];
    throw new ExpectedError(
      NOT_TRUSTED.test(reason)
        ? `The server at ${host} is not trusted: its certificate is not of the CA that was expected (${reason}). Nothing was sent there; ask the administrator of the platform.`
        : `The platform at ${host} does not answer (${reason}).`,
    );
  } finally {
    await dispatcher.destroy();
  }
}

export type Enrolment = {
  readonly url: string;
  readonly username: string;
  /** Good once. */
  readonly code: string;
  /** SHA-256 of the DER of the platform's CA, Base64url; null if the caller's own trusted CAs decide. */
  readonly caFingerprint: string | null;
  readonly algorithm: string;
};

const CODE = /^[A-Za-z0-9_-]{22}$/;
const FINGERPRINT = /^[A-Za-z0-9_-]{43}$/;

/** Some 100 characters: a QR symbol that every scanner reads, where a bundle with its private key would be one that few do. */
export function formatEnrolment({ url, username, code, caFingerprint, algorithm }: Enrolment): string {
  const parts = {
    enrol: code,
    as: username,
    ...(caFingerprint !== null && { ca: caFingerprint }),
    ...(algorithm !== SCHEME_ALGORITHM.name && { algorithm }),
  };
  return `${url}#${new URLSearchParams(parts)}`;
}

export function enrolmentText(
  { publicUrl, caCertificate }: Issuer,
  { username, code, algorithm }: Pick<Enrolment, 'username' | 'code' | 'algorithm'>,
): string {
  const caFingerprint = caCertificate === null ? null : caFingerprintOf(caCertificate);
  return formatEnrolment({ url: publicUrl, username, code, caFingerprint, algorithm });
}

/** Reads the text of an enrolment. @throws ExpectedError if malformed, never with the text itself: it holds a secret. */
export function parseEnrolment(text: string): Enrolment {
  const url = URL.parse(text.trim());
  const parts = new URLSearchParams(url?.hash.slice(1) ?? '');
  const [code, username, caFingerprint] = [parts.get('enrol') ?? '', parts.get('as') ?? '', parts.get('ca')];
  const isWhole =
    url?.protocol === 'https:' &&
    url.username === '' &&
    CODE.test(code) &&
    isUsername(username) &&
    (caFingerprint === null || FINGERPRINT.test(caFingerprint));
  if (url === null || !isWhole) {
    throw new ExpectedError(
      'This is not the text of an enrolment, which the platform shows on its page of accounts, or prints by `account enrol`, as a QR symbol and beside it. A scanner that types capital letters for small ones, or another keyboard than that of this machine, spoils it.',
    );
  }
  url.hash = '';
  const algorithm = algorithmNamed(parts.get('algorithm') ?? undefined, 'The enrolment').name;
  return { url: url.href, username, code, caFingerprint, algorithm };
}

function caFingerprintOf(pem: string): string {
  return createHash('sha256').update(new X509Certificate(pem).raw).digest('base64url');
}

export const ENROLMENT_PATH = '/enrolment';

/** The address of what is served beside the signed Apis at `url`. */
export function besideApis(url: string, path: string): string {
  const beside = new URL(url);
  beside.pathname = `${beside.pathname.replace(/\/$/, '')}${path}`;
  return beside.href;
}
