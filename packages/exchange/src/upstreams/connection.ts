import type { StoreGeneration } from '@ticket-check/protocol';
import { algorithmNamed } from '../algorithms.ts';
import { createPeerFaults, type PeerFaults } from '../client/peer-faults.ts';
import { createUpstream, type Upstream } from '../client/upstream.ts';
import type { Log } from '../log.ts';
import type { UpstreamSettings, UpstreamStore } from './store.ts';

export type UpstreamConnection = {
  /** The client of the upstream that is set now; null while none is. */
  upstream(): Promise<Upstream | null>;
  /** Calls `listener` when what the upstream announces has changed, a new generation of its data for example. Readings X1, X4. */
  onAnnounced(listener: () => void): void;
  /** What upstreams said since the start that cannot be used. */
  faults: PeerFaults;
  close(): Promise<void>;
};

export type UpstreamConnectionOptions = {
  upstreams: UpstreamStore;
  /** What we announce on every request. */
  extensions: readonly string[];
  /** The data that we work with. Reading X4. */
  store?: StoreGeneration;
  now: () => number;
  logger: Log;
};

/**
 * The one client of the upstream that is set in the database: the same one for as long as the settings are the same,
 * another one as soon as a command has changed them.
 */
export function createUpstreamConnection(options: UpstreamConnectionOptions): UpstreamConnection {
  const { upstreams, extensions, store, now, logger } = options;
  const announcedListeners: (() => void)[] = [];
  const faults = createPeerFaults({ now, logger });
  let current: { settings: string; upstream: Upstream } | null = null;

  function signingKeyOf({ algorithm: name, privateKeyPem }: UpstreamSettings) {
    const algorithm = algorithmNamed(name, upstreams.algorithms, 'The upstream');
    return { algorithm, privateKey: algorithm.readPrivateKey(privateKeyPem) };
  }

  /** The holder of the key of any of them can impersonate the upstream. */
  function warnOfSeveralCas({ url, caPem }: UpstreamSettings): void {
    const caCertificates = (caPem ?? '').split('-----BEGIN').length - 1;
    if (caCertificates > 1) logger.warn({ url, caCertificates }, 'upstream trusts several CA certificates');
  }

  /** Calls under way on the former connection still get their answers. */
  async function replaceBy(next: typeof current): Promise<void> {
    const former = current;
    current = next;
    await former?.upstream.close();
  }

  return {
    async upstream() {
      const [settings, announced] = await Promise.all([upstreams.current(), upstreams.announced()]);
      const text = JSON.stringify(settings);
      if (settings !== null && current?.settings === text) return current.upstream;
      if (settings !== null) warnOfSeveralCas(settings);
      const upstream =
        settings === null
          ? null
          : createUpstream({
              ...settings,
              ...signingKeyOf(settings),
              ca: settings.caPem,
              extensions,
              store,
              now,
              logger,
              faults,
              announced,
              onAnnouncement: (announcement) => {
                upstreams.remember(settings, announcement).catch((err: unknown) => {
                  logger.error({ err }, 'failed to store what the upstream announced');
                });
                for (const listener of announcedListeners) listener();
              },
            });
      replaceBy(upstream === null ? null : { settings: text, upstream }).catch((err: unknown) => {
        logger.error({ err }, 'failed to close the former connection');
      });
      return upstream;
    },
    onAnnounced: (listener) => void announcedListeners.push(listener),
    faults,
    close: () => replaceBy(null),
  };
}
