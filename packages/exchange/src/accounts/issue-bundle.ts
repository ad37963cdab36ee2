import { SCHEME_ALGORITHM } from '@ticket-check/protocol';
import type { Store } from '@ticket-check/storage';
import { algorithmNamed } from '../algorithms.ts';
import { bundleCinemaCodes, formatBundle } from '../bundle.ts';
import { type CertificateSettings, loadServiceCertificate } from '../tls/server-certificate.ts';
import type { AuthorityTables } from '../tls/shared-authority.ts';
import { fingerprintOf, parseAccountKey } from './account-keyring.ts';
import type { NewAccount } from './accounts.ts';

/** What a platform puts into its bundles: the `Url` that others reach it by, and the PEM of the CA that callers pin, or null. */
export type Issuer = { readonly publicUrl: string; readonly caCertificate: string | null };

/** Loads what a platform puts into its bundles, from its settings and its store. Reading E8. */
export async function loadIssuer(settings: CertificateSettings, store: Store<AuthorityTables>): Promise<Issuer> {
  const { ca } = await loadServiceCertificate(settings, { store });
  return { publicUrl: settings.PUBLIC_URL, caCertificate: ca };
}

type ForBundle = Pick<NewAccount, 'username' | 'cinemaCodes' | 'algorithm'> & {
  /** The caller's public key, PEM; without it, a key pair is made and its private half goes into the bundle. */
  publicKey?: string | null;
};

/** Makes the bundle of a new account, as the text of a file to be handed over once. `addWithKey` issues it with the public key. */
export async function makeBundle({ publicUrl, caCertificate }: Issuer, account: ForBundle) {
  const { username, cinemaCodes, publicKey: given = null } = account;
  const algorithm = algorithmNamed(account.algorithm, 'The new account');
  const pair = given === null ? await algorithm.generateKeyPair() : null;
  const publicKey = pair?.publicKey.export({ type: 'spki', format: 'pem' }).toString() ?? given ?? '';
  return {
    publicKey,
    fingerprint: fingerprintOf(parseAccountKey(publicKey, algorithm)),
    bundle: formatBundle({
      Url: publicUrl,
      Username: username,
      PrivateKey: pair?.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() ?? null,
      CaCertificate: caCertificate,
      CinemaCodes: bundleCinemaCodes(cinemaCodes),
      ...(algorithm === SCHEME_ALGORITHM ? {} : { Algorithm: algorithm.name }),
    }),
  };
}
