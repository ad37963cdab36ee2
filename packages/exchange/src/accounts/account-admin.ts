import type { Store } from '@ticket-check/storage';
import { type CertificateSettings, loadServiceCertificate } from '../tls/server-certificate.ts';
import { createAccounts } from './accounts.ts';
import type { AccountDesk } from './commands.ts';
import type { AccountTables } from './migrations.ts';

/** What the account commands need of a platform, from its settings and its store, which the desk closes. Reading E8. */
export async function openAccountAdmin(
  settings: CertificateSettings,
  openStore: () => Promise<Store<AccountTables>>,
  now: () => number,
): Promise<AccountDesk> {
  const { ca } = await loadServiceCertificate(settings);
  const store = await openStore();
  return {
    accounts: createAccounts(store, now),
    publicUrl: settings.PUBLIC_URL,
    caCertificate: ca,
    close: () => store.close(),
  };
}
