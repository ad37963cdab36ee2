import type { Store } from '@ticket-check/storage';
import { type CertificateSettings, loadServiceCertificate } from '../tls/server-certificate.ts';
import type { AuthorityTables } from '../tls/shared-authority.ts';
import type { Issuer } from './commands.ts';

/** Loads what a platform puts into its bundles, from its settings and its store. Reading E8. */
export async function loadIssuer(settings: CertificateSettings, store: Store<AuthorityTables>): Promise<Issuer> {
  const { ca } = await loadServiceCertificate(settings, store);
  return { publicUrl: settings.PUBLIC_URL, caCertificate: ca };
}
