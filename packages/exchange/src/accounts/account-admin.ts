import { type CertificateSettings, loadServiceCertificate } from '../tls/server-certificate.ts';
import type { Issuer } from './commands.ts';

/** What of a platform stands in its bundles, as its settings have it. Reading E8. */
export async function loadIssuer(settings: CertificateSettings): Promise<Issuer> {
  const { ca } = await loadServiceCertificate(settings);
  return { publicUrl: settings.PUBLIC_URL, caCertificate: ca };
}
