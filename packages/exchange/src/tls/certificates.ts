import { generateKeyPair, type KeyObject, randomBytes, sign } from 'node:crypto';
import { isIP } from 'node:net';
import { promisify } from 'node:util';
import forge from 'node-forge';

/** A certificate and its private key, both PEM. */
export type CertifiedKey = { cert: string; key: string };

type Validity = { from: Date; until: Date };

/** P-256 signs in a thirtieth of the time, RSA-2048 is understood by every caller. */
export type KeyKind = 'p256' | 'rsa';

const generateKeys = promisify(generateKeyPair);

/** Issues a local CA, whose certificate callers pin. It can issue no CAs and, with `hosts`, only certificates for these. */
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

export async function issueServerCertificate(
  authority: CertifiedKey,
  hosts: readonly string[],
  { from, until }: Validity,
  kind: KeyKind = 'rsa',
): Promise<CertifiedKey> {
  const issuer = forge.pki.certificateFromPem(authority.cert);
  const isRsa = kind === 'rsa';
  const pair = isRsa ? generateKeys('rsa', { modulusLength: 2048 }) : generateKeys('ec', { namedCurve: 'P-256' });
  const { publicKey, privateKey } = await pair;
  // node-forge knows only RSA keys: the issuer's is a placeholder for the certificate's own until it is signed.
  const certificate = newCertificate(issuer.publicKey, from, until);
  certificate.setSubject([{ name: 'commonName', value: 'ticket-check server' }]);
  certificate.setIssuer(issuer.subject.attributes);
  certificate.setExtensions([
    { name: 'basicConstraints', cA: false, critical: true },
    { name: 'keyUsage', digitalSignature: true, keyEncipherment: isRsa, critical: true },
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

/** Signs a certificate for a key of any kind; node-forge only assembles it, since it takes a hundred times as long. */
function signFor(publicKey: KeyObject, certificate: forge.pki.Certificate, signer: string): void {
  certificate.sign(NOBODY, forge.md.sha256.create());
  const { tbsCertificate } = certificate;
  const spki = publicKey.export({ type: 'spki', format: 'der' }).toString('binary');
  (tbsCertificate.value as forge.asn1.Asn1[])[SUBJECT_PUBLIC_KEY_INFO] = forge.asn1.fromDer(spki);
  const signed = Buffer.from(forge.asn1.toDer(tbsCertificate).getBytes(), 'binary');
  certificate.signature = sign('sha256', signed, signer).toString('binary');
}

/** node-forge ends its lines as Windows does. */
const pemOf = (certificate: forge.pki.Certificate): string =>
  forge.pki.certificateToPem(certificate).replaceAll('\r\n', '\n');

const pemOfKey = (key: KeyObject): string => key.export({ type: 'pkcs8', format: 'pem' }).toString();

function newCertificate(publicKey: forge.pki.PublicKey, from: Date, until: Date): forge.pki.Certificate {
  const certificate = forge.pki.createCertificate();
  certificate.publicKey = publicKey;
  // A serial number is a positive integer: the first bit stays clear, and it is not 0.
  certificate.serialNumber = `01${randomBytes(15).toString('hex')}`;
  certificate.validity.notBefore = from;
  certificate.validity.notAfter = until;
  return certificate;
}

const altName = (host: string): { type: number; value?: string; ip?: string } =>
  isIP(host) === 0 ? { type: DNS_NAME, value: host } : { type: IP_ADDRESS, ip: host };

const { asn1 } = forge;
// Its types lack this one. An address in 4 or 16 bytes, a character a byte; null for other text.
const { bytesFromIP } = forge.util as unknown as { bytesFromIP(address: string): string | null };
const OID = '2.5.29.30';
const DNS_NAME = 2;
const IP_ADDRESS = 7;

/** Limits a CA to these names and addresses (RFC 5280, 4.2.1.10): a thief of its key cannot pose as another host. */
function nameConstraints(hosts: readonly string[]): { id: string; critical: boolean; value: string } {
  const subtrees = hosts.map((host) => sequence([generalName(host)]));
  const permitted = asn1.create(asn1.Class.CONTEXT_SPECIFIC, 0 as forge.asn1.Type, true, subtrees);
  return { id: OID, critical: true, value: asn1.toDer(sequence([permitted])).getBytes() };
}

export function permittedHosts(authorityPem: string): Permitted[] {
  const certificate = forge.pki.certificateFromPem(authorityPem);
  // A critical extension, and one that forge does not know.
  const extension = certificate.extensions.find(({ id }: { id?: string }) => id === OID) as
    | { value: string }
    | undefined;
  if (extension === undefined) return [];
  const [permitted] = asn1.fromDer(extension.value).value as forge.asn1.Asn1[];
  return ((permitted?.value ?? []) as forge.asn1.Asn1[]).flatMap((subtree) => {
    const [name] = subtree.value as forge.asn1.Asn1[];
    return name === undefined ? [] : { isName: Number(name.type) === DNS_NAME, value: String(name.value) };
  });
}

type Permitted = { readonly isName: boolean; readonly value: string };

export function isPermitted(host: string, permitted: readonly Permitted[]): boolean {
  const bytes = isIP(host) === 0 ? null : bytesFromIP(host);
  return permitted.some(({ isName, value }) => {
    if (isName || bytes === null) return isName && bytes === null && (host === value || host.endsWith(`.${value}`));
    return value.length === bytes.length * 2 && value.slice(0, bytes.length) === bytes;
  });
}

const sequence = (values: forge.asn1.Asn1[]): forge.asn1.Asn1 =>
  asn1.create(asn1.Class.UNIVERSAL, asn1.Type.SEQUENCE, true, values);

function generalName(host: string): forge.asn1.Asn1 {
  const bytes = isIP(host) === 0 ? null : bytesFromIP(host);
  const type = bytes === null ? DNS_NAME : IP_ADDRESS;
  const value = bytes === null ? host : bytes + '\xff'.repeat(bytes.length);
  return asn1.create(asn1.Class.CONTEXT_SPECIFIC, type as forge.asn1.Type, false, value);
}
