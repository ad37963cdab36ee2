import { X509Certificate } from 'node:crypto';
import { request } from 'node:https';
import { buffer } from 'node:stream/consumers';
import { getCACertificates } from 'node:tls';
import { ExpectedError, reasonOf } from '@ticket-check/runtime';
import { z } from 'zod';
import { isCertificateRefusal } from '../client/certificate-refusal.ts';
import { besideApis, caFingerprintOf, ENROLMENT_PATH, type Enrolment } from './enrolment-text.ts';

const WITHIN_MS = 15_000;
const MAX_BYTES = 64 * 1024;

type Reply = { readonly status: number; readonly text: string };

const answered = z.object({ Username: z.string(), CinemaCodes: z.array(z.string()) });

/**
 * Fetches the CA of a platform, PEM: only the certificate with the enrolment's fingerprint is taken from the answer. The server is
 * not authenticated yet and is sent nothing. Returns null if the caller's own trusted CAs decide.
 * @throws ExpectedError if nobody answers, or with another certificate or more than one.
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
  if (text.split('-----BEGIN').length !== 2) return null;
  try {
    return new X509Certificate(text).toString();
  } catch {
    return null;
  }
}

/**
 * Has the platform issue the account of an enrolment to a public key (PEM). The same may be asked again where the answer was lost.
 * @throws ExpectedError if it does not, or issues another account.
 */
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
  const read = answered.safeParse(parsed(text));
  if (status !== 200 || !read.success) {
    throw new ExpectedError(`The platform did not enrol this terminal (HTTP ${status}): ${messageIn(text)}`);
  }
  if (read.data.Username !== username) {
    throw new ExpectedError(`The platform issued another account than ${username}; nothing was changed here.`);
  }
  return { cinemaCodes: read.data.CinemaCodes };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function messageIn(text: string): string {
  const read = z.object({ message: z.string() }).safeParse(parsed(text));
  return read.success ? read.data.message : 'it did not say why.';
}

/** @param options `isKnown`: whether the certificate is verified; without it only what proves itself may be asked. */
function ask(url: string, options: { isKnown: boolean; ca: string | null; body?: string }): Promise<Reply> {
  const { isKnown, ca, body } = options;
  const trusted = ca ?? [...getCACertificates('default'), ...getCACertificates('system')];
  return new Promise((resolve, reject) => {
    const failed = (error: unknown) => {
      const [{ host }, reason] = [new URL(url), reasonOf(error)];
      reject(
        new ExpectedError(
          isCertificateRefusal(reason)
            ? `The server at ${host} is not trusted: its certificate is not of the CA that was expected (${reason}). Nothing was sent there; ask the administrator of the platform.`
            : `The platform at ${host} does not answer (${reason}).`,
        ),
      );
    };
    const asking = request(
      url,
      {
        method: body === undefined ? 'GET' : 'POST',
        agent: false,
        ca: trusted,
        rejectUnauthorized: isKnown,
        minVersion: 'TLSv1.2',
        signal: AbortSignal.timeout(WITHIN_MS),
        ...(body !== undefined && {
          headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
        }),
      },
      (reply) => {
        let bytes = 0;
        reply.on('data', (chunk: Buffer) => {
          bytes += chunk.length;
          if (bytes > MAX_BYTES) reply.destroy(new Error('the answer is too long'));
        });
        buffer(reply).then(
          (content) => resolve({ status: reply.statusCode ?? 0, text: content.toString('utf8') }),
          failed,
        );
      },
    );
    asking.on('error', failed);
    asking.end(body);
  });
}
