import { X509Certificate } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { HealthCheck } from './console.ts';
import { assertUsable, type HttpsApp, keysOf, type TlsPair } from './https-app.ts';
import { every } from './jobs/every.ts';
import type { Logger } from './logger.ts';
import { measuredGauge, type Registry } from './metrics.ts';

const DAY_MS = 24 * 3600 * 1000;
/** The time before its end from which a certificate degrades the service's health. */
const WARN_BEFORE_MS = 14 * DAY_MS;
const LOOK_EVERY_MS = 60_000;

export type ServedCertificateOptions = {
  tls: TlsPair;
  /** Loads the pair as it is now; without it the first one is served for good. */
  reload: (() => Promise<TlsPair>) | undefined;
  apps: readonly HttpsApp[];
  /** Answers the secret of session tickets as it is now; without it each process has one of its own. */
  ticketKeys: (() => Promise<Buffer>) | undefined;
  metrics: Registry;
  logger: Logger;
  everyMs?: number | undefined;
};

/**
 * Looks every minute, in every process, whether there is another certificate, and serves new connections with it. A pair that is unusable
 * or has ended is refused with an error in the log: metrics and health show that, and the end of the one served from 14 days before.
 */
export function serveCertificate(options: ServedCertificateOptions) {
  const { apps, reload, metrics, logger, everyMs = LOOK_EVERY_MS } = options;
  let served = options.tls;
  let expiresAt = endOf(served);
  let refused = false;
  let ticketKeys: Buffer | undefined;

  async function look(load: () => Promise<TlsPair>): Promise<void> {
    try {
      const found = await load();
      if (!isDeepStrictEqual(keysOf(found), keysOf(served))) exchange(found);
      refused = false;
    } catch (err) {
      refused = true;
      logger.error({ err, expiresAt: new Date(expiresAt).toISOString() }, 'failed to serve the certificate on disk');
    }
  }

  async function lookForTicketKeys(): Promise<void> {
    const keys = await options.ticketKeys?.();
    if (keys === undefined || (ticketKeys !== undefined && keys.equals(ticketKeys))) return;
    for (const app of apps) app.useTicketKeys(keys);
    ticketKeys = keys;
  }

  /** @throws Error if the pair cannot be used or the certificate has ended. */
  function exchange(tls: TlsPair): void {
    assertUsable(tls);
    const [end, endsAt] = [endOf(tls), new Date(endOf(tls)).toISOString()];
    if (end <= Date.now()) throw new Error(`The TLS certificate ended at ${endsAt}.`);
    for (const app of apps) app.useCertificate(tls);
    served = tls;
    expiresAt = end;
    logger.info({ expiresAt: endsAt }, 'serving a new certificate');
  }

  const ends = 'When the certificate that is served ends, in seconds since the epoch';
  measuredGauge(metrics, 'tls_certificate_expires_timestamp_seconds', ends, () => expiresAt / 1000);
  const isRefused = '1 while the certificate on the disk is gone or cannot be served, so that an earlier one still is';
  measuredGauge(metrics, 'tls_certificate_on_disk_refused', isRefused, () => Number(refused));
  const lookForBoth = reload && (() => look(reload).then(lookForTicketKeys));
  const job = lookForBoth && every({ name: 'certificate', everyMs, run: lookForBoth, logger });
  return {
    lookForTicketKeys,
    health: {
      name: 'certificate',
      run: async () => ({
        ok: true,
        degraded: refused || expiresAt - Date.now() < WARN_BEFORE_MS,
        refused,
        expiresAt: new Date(expiresAt).toISOString(),
      }),
    } satisfies HealthCheck,
    /** No further looks; resolves when the one under way is over. */
    stop: async () => job?.stop(),
  };
}

const endOf = (tls: TlsPair): number =>
  Math.min(...keysOf(tls).cert.map((pem) => Date.parse(new X509Certificate(pem).validTo)));
