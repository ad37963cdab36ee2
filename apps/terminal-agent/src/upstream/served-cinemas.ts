import type { UpstreamStore } from '@ticket-check/exchange';
import type { KeyStatus } from '@ticket-check/key-cache';
import type { CinemaCode } from '@ticket-check/protocol';

/** The cinemas of this terminal; readings T7, K5. */
export type ServedCinemas = {
  /** Those whose tickets are checked here; `all` where the upstream account is bound to none. */
  served(): Promise<readonly CinemaCode[] | 'all'>;
  /** Those whose keys are kept fresh: no Api lists cinemas, so of `all` the ones that sent some before. */
  synced(): Promise<readonly CinemaCode[]>;
};

/** The cinemas of the upstream account, or fewer where a setting names them. */
export function createServedCinemas(
  upstreams: UpstreamStore,
  keyStatus: () => Promise<readonly KeyStatus[]>,
  configured: readonly CinemaCode[] | null,
): ServedCinemas {
  async function served(): Promise<readonly CinemaCode[] | 'all'> {
    return configured ?? (await upstreams.current())?.cinemaCodes ?? [];
  }

  return {
    served,
    async synced() {
      const cinemas = await served();
      if (cinemas !== 'all') return cinemas;
      // Any text may name a cinema: what never had keys is asked for when it is scanned, and not again and again.
      return (await keyStatus()).filter(({ count }) => count > 0).map(({ cinemaCode }) => cinemaCode);
    },
  };
}
