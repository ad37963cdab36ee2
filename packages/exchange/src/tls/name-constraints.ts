import { isIP } from 'node:net';
import forge from 'node-forge';

const { asn1 } = forge;
// Its types lack this one. An address in 4 or 16 bytes, a character a byte; null for other text.
const { bytesFromIP } = forge.util as unknown as { bytesFromIP(address: string): string | null };
const OID = '2.5.29.30';
const DNS_NAME = 2;
const IP_ADDRESS = 7;

/**
 * The extension that limits a CA to these names and addresses (RFC 5280, 4.2.1.10), and the names below them: a thief of
 * its key cannot pose as another host to those who trust it.
 */
export function nameConstraints(hosts: readonly string[]): { id: string; critical: boolean; value: string } {
  const subtrees = hosts.map((host) => sequence([generalName(host)]));
  const permitted = asn1.create(asn1.Class.CONTEXT_SPECIFIC, 0 as forge.asn1.Type, true, subtrees);
  return { id: OID, critical: true, value: asn1.toDer(sequence([permitted])).getBytes() };
}

/** Reads the names and addresses that a CA may vouch for. */
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

/** A name, or the bytes of an address and its mask. */
type Permitted = { readonly isName: boolean; readonly value: string };

/** Whether a CA so constrained may vouch for a host. */
export function isPermitted(host: string, permitted: readonly Permitted[]): boolean {
  const bytes = isIP(host) === 0 ? null : bytesFromIP(host);
  return permitted.some(({ isName, value }) => {
    if (isName || bytes === null) return isName && bytes === null && (host === value || host.endsWith(`.${value}`));
    return value.length === bytes.length * 2 && value.slice(0, bytes.length) === bytes;
  });
}

function sequence(values: forge.asn1.Asn1[]): forge.asn1.Asn1 {
  return asn1.create(asn1.Class.UNIVERSAL, asn1.Type.SEQUENCE, true, values);
}

function generalName(host: string): forge.asn1.Asn1 {
  const bytes = isIP(host) === 0 ? null : bytesFromIP(host);
  const type = bytes === null ? DNS_NAME : IP_ADDRESS;
  const value = bytes === null ? host : bytes + '\xff'.repeat(bytes.length);
  return asn1.create(asn1.Class.CONTEXT_SPECIFIC, type as forge.asn1.Type, false, value);
}
