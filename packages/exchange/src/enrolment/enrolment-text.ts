import { createHash, X509Certificate } from 'node:crypto';
import { ExpectedError } from '@ticket-check/runtime';
import { isUsername } from '../accounts/account.ts';
import type { Issuer } from '../accounts/issue-bundle.ts';

/** What a caller needs to fetch its account: it is handed over as a text, or as the QR symbol of that text. */
export type Enrolment = {
  /** The URL of the platform's signed Apis. */
  readonly url: string;
  /** The account that it is for. */
  readonly username: string;
  /** Good once. */
  readonly code: string;
  /** SHA-256 of the DER of the platform's CA, Base64url; null if the caller's own trusted CAs decide. */
  readonly caFingerprint: string | null;
};

const CODE = /^[A-Za-z0-9_-]{22}$/;
const FINGERPRINT = /^[A-Za-z0-9_-]{43}$/;

/** Some 100 characters: a QR symbol that every scanner reads, where a bundle with its private key would be one that few do. */
export function formatEnrolment({ url, username, code, caFingerprint }: Enrolment): string {
  const parts = { enrol: code, as: username, ...(caFingerprint !== null && { ca: caFingerprint }) };
  return `${url}#${new URLSearchParams(parts)}`;
}

/** The text of an enrolment at a platform. */
export function enrolmentText(
  { publicUrl, caCertificate }: Issuer,
  { username, code }: Pick<Enrolment, 'username' | 'code'>,
): string {
  const caFingerprint = caCertificate === null ? null : caFingerprintOf(caCertificate);
  return formatEnrolment({ url: publicUrl, username, code, caFingerprint });
}

/**
 * Reads the text of an enrolment, as a scanner types it.
 * @throws ExpectedError if it is malformed, never with the text itself: it holds a secret.
 */
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
  return { url: url.href, username, code, caFingerprint };
}

/** The fingerprint of a CA certificate (PEM), as an enrolment writes it. */
export function caFingerprintOf(pem: string): string {
  return createHash('sha256').update(new X509Certificate(pem).raw).digest('base64url');
}

/** The URL of enrolments, beside the signed Apis. */
export const ENROLMENT_PATH = '/enrolment';

/** The address of what is served beside the signed Apis at `url`. */
export function besideApis(url: string, path: string): string {
  const beside = new URL(url);
  beside.pathname = `${beside.pathname.replace(/\/$/, '')}${path}`;
  return beside.href;
}
