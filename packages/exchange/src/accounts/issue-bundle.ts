import { SCHEME_ALGORITHM, type SignatureAlgorithm } from '@ticket-check/protocol';
import type { Store } from '@ticket-check/storage';
import { algorithmNamed } from '../algorithms.ts';
import { bundleCinemaCodes, formatBundle, writeNewFile } from '../bundle.ts';
import { type CertificateSettings, loadServiceCertificate } from '../tls/server-certificate.ts';
import type { AuthorityTables } from '../tls/shared-authority.ts';
import { parseUsername } from './account.ts';
import { fingerprintOf, parseAccountKey } from './account-keyring.ts';
import type { Accounts, NewAccount } from './accounts.ts';

export type Issuer = {
  /** What others reach it by: the `Url` of the bundles. */
  publicUrl: string;
  /** PEM of the CA that callers pin; null if their own trusted CAs do. */
  caCertificate: string | null;
};

/** Loads what a platform puts into its bundles, from its settings and its store. Reading E8. */
export async function loadIssuer(settings: CertificateSettings, store: Store<AuthorityTables>): Promise<Issuer> {
  const { ca } = await loadServiceCertificate(settings, store);
  return { publicUrl: settings.PUBLIC_URL, caCertificate: ca };
}

export type AddingAccounts = Pick<Accounts, 'algorithms' | 'addWithKey'>;

/**
 * Issues an account and writes its bundle to a new file, or to standard output where `out` is `-`.
 * @throws ExpectedError if the username or the key cannot be used, the name is taken, or the file exists or cannot be made.
 */
export async function addAccount(
  { accounts, publicUrl, caCertificate }: Issuer & { accounts: AddingAccounts },
  account: NewAccount & {
    /** The caller's public key, PEM; without it, a key pair is made and its private half goes into the bundle. */
    publicKey?: string | null;
    out: string;
  },
): Promise<void> {
  const { username, cinemaCodes, publicKey = null, out } = account;
  parseUsername(username);
  const algorithm = algorithmNamed(account.algorithm, accounts.algorithms, 'The new account');
  if (publicKey !== null) parseAccountKey(publicKey, algorithm);
  await writeNewFile(out, 0o600, async () => {
    // Made before anything is written: it takes a while, in which others need the store.
    const { privateKey, ...pair } = publicKey === null ? await makePair(algorithm) : { publicKey, privateKey: null };
    await accounts.addWithKey(account, pair.publicKey);
    return bundleText({ publicUrl, caCertificate }, { username, cinemaCodes, privateKey, algorithm });
  });
}

/** What a caller is handed of an account, as the text of a file. */
function bundleText(
  { publicUrl, caCertificate }: Issuer,
  account: Pick<NewAccount, 'username' | 'cinemaCodes'> & { privateKey: string | null; algorithm: SignatureAlgorithm },
): string {
  const { username, cinemaCodes, privateKey, algorithm } = account;
  return formatBundle({
    Url: publicUrl,
    Username: username,
    PrivateKey: privateKey,
    CaCertificate: caCertificate,
    CinemaCodes: bundleCinemaCodes(cinemaCodes),
    ...(algorithm === SCHEME_ALGORITHM ? {} : { Algorithm: algorithm.name }),
  });
}

/**
 * Makes the key pair of a new account, of the scheme's algorithm, and its bundle as the text of a file, to be handed over once. The
 * account is issued by `addWithKey` with the public key.
 */
export async function makeBundle(
  issuer: Issuer,
  account: Pick<NewAccount, 'username' | 'cinemaCodes'>,
): Promise<{ publicKey: string; fingerprint: string; bundle: string }> {
  const { publicKey, privateKey } = await makePair(SCHEME_ALGORITHM);
  return {
    publicKey,
    fingerprint: fingerprintOf(parseAccountKey(publicKey, SCHEME_ALGORITHM)),
    bundle: bundleText(issuer, { ...account, privateKey, algorithm: SCHEME_ALGORITHM }),
  };
}

async function makePair(algorithm: SignatureAlgorithm): Promise<{ publicKey: string; privateKey: string }> {
  const { publicKey, privateKey } = await algorithm.generateKeyPair();
  return {
    publicKey: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}
