import type { UpstreamStore } from '@ticket-check/exchange';
import type { KeyStatus } from '@ticket-check/key-cache';
import type { CinemaCode } from '@ticket-check/protocol';

/** The cinemas of this terminal; readings T7, K5. */
export type ServedCinemas = {
  /** Cinemas whose tickets are checked here; `all` if the upstream account is not limited. */
  served(): Promise<readonly CinemaCode[] | 'all'>;
  /** Cinemas whose keys are kept fresh; for `all`, those that have keys, since no Api lists cinemas. */
  synced(): Promise<readonly CinemaCode[]>;
};

/** The cinemas of the upstream account, or fewer if a setting names them. */
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
      // Any text may name a cinema: one without keys is asked for when it is scanned, not regularly.
      return (await keyStatus()).filter(({ count }) => count > 0).map(({ cinemaCode }) => cinemaCode);
    },
  };
}
