import { generateKeyPair, type KeyObject, randomBytes, sign } from 'node:crypto';
import { isIP } from 'node:net';
import { promisify } from 'node:util';
import forge from 'node-forge';
import { nameConstraints } from './name-constraints.ts';

/** A certificate and its private key, both PEM. */
export type CertifiedKey = { cert: string; key: string };

type Validity = { from: Date; until: Date };

/**
 * The kinds of a server's key: a signature of P-256 takes a thirtieth of the time, RSA-2048 is understood by every caller.
 */
export type KeyKind = 'p256' | 'rsa';

const generateKeys = promisify(generateKeyPair);

/**
 * Issues a local certificate authority, whose certificate callers pin. It can issue no other authorities and, if `hosts`
 * are given, only certificates for these.
 */
export async function issueAuthority(
  name: string,
  { from, until }: Validity,
  hosts: readonly string[] = [],
): Promise<CertifiedKey> {
  const { publicKey, privateKey } = await generateKeys('rsa', { modulusLength: 2048 });
  const spki = publicKey.export({ type: 'spki', format: 'pem' }).toString();
  const certificate = newCertificate(forge.pki.publicKeyFromPem(spki), from, until);
  const subject = [{ name: 'commonName', value: name }];
  certificate.setSubject(subject);
  certificate.setIssuer(subject);
  certificate.setExtensions([
    { name: 'basicConstraints', cA: true, pathLenConstraint: 0, critical: true },
    { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    { name: 'subjectKeyIdentifier' },
    ...(hosts.length === 0 ? [] : [nameConstraints(hosts)]),
  ]);
  signFor(publicKey, certificate, pemOfKey(privateKey));
  return { cert: pemOf(certificate), key: pemOfKey(privateKey) };
}

/** A server certificate for host names and IP addresses, issued by an authority. */
export async function issueServerCertificate(
  authority: CertifiedKey,
  hosts: readonly string[],
  { from, until }: Validity,
  kind: KeyKind = 'rsa',
): Promise<CertifiedKey> {
  const issuer = forge.pki.certificateFromPem(authority.cert);
  const { publicKey, privateKey } =
    kind === 'rsa'
      ? await generateKeys('rsa', { modulusLength: 2048 })
      : await generateKeys('ec', { namedCurve: 'P-256' });
  // node-forge knows only RSA keys: the issuer's is a placeholder for the certificate's own until it is signed.
  const certificate = newCertificate(issuer.publicKey, from, until);
  certificate.setSubject([{ name: 'commonName', value: 'ticket-check server' }]);
  certificate.setIssuer(issuer.subject.attributes);
  certificate.setExtensions([
    { name: 'basicConstraints', cA: false, critical: true },
    { name: 'keyUsage', digitalSignature: true, keyEncipherment: kind === 'rsa', critical: true },
    { name: 'extKeyUsage', serverAuth: true },
    { name: 'authorityKeyIdentifier', keyIdentifier: issuer.generateSubjectKeyIdentifier().getBytes() },
    { name: 'subjectAltName', altNames: hosts.map(altName) },
  ]);
  signFor(publicKey, certificate, authority.key);
  return { cert: pemOf(certificate), key: pemOfKey(privateKey) };
}

/** The index of the key in a certificate (RFC 5280, TBSCertificate). */
const SUBJECT_PUBLIC_KEY_INFO = 6;

/** A signer of node-forge that leaves the place of the signature empty. */
const NOBODY = { sign: () => '' } satisfies Partial<forge.pki.rsa.PrivateKey> as unknown as forge.pki.rsa.PrivateKey;

/**
 * Signs a certificate for a key of any kind. node-forge only assembles it: its own signature takes a tenth of a second, one
 * of node:crypto a millisecond.
 */
function signFor(publicKey: KeyObject, certificate: forge.pki.Certificate, signer: string): void {
  certificate.sign(NOBODY, forge.md.sha256.create());
  const { tbsCertificate } = certificate;
  const spki = publicKey.export({ type: 'spki', format: 'der' }).toString('binary');
  (tbsCertificate.value as forge.asn1.Asn1[])[SUBJECT_PUBLIC_KEY_INFO] = forge.asn1.fromDer(spki);
  const signed = Buffer.from(forge.asn1.toDer(tbsCertificate).getBytes(), 'binary');
  certificate.signature = sign('sha256', signed, signer).toString('binary');
}

/** node-forge ends its lines as Windows does. */
function pemOf(certificate: forge.pki.Certificate): string {
  return forge.pki.certificateToPem(certificate).replaceAll('\r\n', '\n');
}

function pemOfKey(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString();
}

function newCertificate(publicKey: forge.pki.PublicKey, from: Date, until: Date): forge.pki.Certificate {
  const certificate = forge.pki.createCertificate();
  certificate.publicKey = publicKey;
  // A serial number is a positive integer: the first bit stays clear, and it is not 0.
  certificate.serialNumber = `01${randomBytes(15).toString('hex')}`;
  certificate.validity.notBefore = from;
  certificate.validity.notAfter = until;
  return certificate;
}

const DNS_NAME = 2;
const IP_ADDRESS = 7;

function altName(host: string): { type: number; value?: string; ip?: string } {
  return isIP(host) === 0 ? { type: DNS_NAME, value: host } : { type: IP_ADDRESS, ip: host };
}
