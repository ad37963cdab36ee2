import { type Forwarder, PLATFORM_DEADLINE, type RecordStore, standstills } from '@ticket-check/check-records';
import type { WatchedConnection } from '@ticket-check/exchange';
import type { KeyCache } from '@ticket-check/key-cache';
import { epochOf, wallClockAt } from '@ticket-check/protocol';
import type { Clock, HealthCheck, ProbeJob } from '@ticket-check/runtime';
import type { ServedCinemas } from '../cinemas/served-cinemas.ts';
import type { ClaimCounts } from '../claims/claim-counts.ts';
import type { ClaimStore } from '../claims/claim-store.ts';
import { longOpenSince } from '../claims/open-claims.ts';
import type { OpenClaimsAlarm } from '../claims/open-claims-alarm.ts';
import { statusOfServed } from '../public-keys/key-status.ts';

const MOST_NAMED = 20;

/**
 * What `GET /health` shows of the platform: how much waits for the national platform, how old the keys are, which cinemas
 * lack them. Terminals are served without a line upstream, so only a store that fails makes the platform unwell.
 */
export function healthChecks(parts: {
  storeProbe: ProbeJob;
  recordStore: RecordStore;
  claims: ClaimStore;
  claimCounts: ClaimCounts;
  openAlarm: OpenClaimsAlarm;
  forwarder: Forwarder;
  cache: KeyCache;
  servedCinemas: ServedCinemas;
  connection: WatchedConnection;
  now: Clock;
}): HealthCheck[] {
  const { storeProbe, recordStore, claims, claimCounts, openAlarm, forwarder, cache, servedCinemas, connection, now } =
    parts;
  const secondsSince = (epochMs: number) => Math.max(0, Math.round((now() - epochMs) / 1000));

  return [
    { name: 'store', run: async () => storeProbe.latest() },
    {
      name: 'records',
      async run() {
        const overdueBy = { deadline: PLATFORM_DEADLINE, at: wallClockAt(now()) };
        const { waiting, parked, quarantined, overdue, oldestUnsent, oldestWaiting, lastDeliveredAt } =
          await recordStore.summary(overdueBy);
        const { holdups } = forwarder.status();
        const standing = standstills(holdups, { oldestWaiting, lastDeliveredAt }, now());
        return {
          ok: true,
          ...(standing.length > 0 && { degraded: true, standstills: standing.slice(0, MOST_NAMED) }),
          waiting,
          parked,
          quarantined,
          overdue,
          oldestUnsentSeconds: oldestUnsent === null ? null : secondsSince(epochOf(oldestUnsent)),
          lastDeliveredAt,
          holdups: holdups.slice(0, MOST_NAMED),
        };
      },
    },
    {
      name: 'claims',
      // Claims without a record that are older than an hour: an admission that was never reported, or none at all.
      run: async () => ({
        ok: true,
        overdue: await claims.countOpen(longOpenSince(now)),
        alarmed: (await openAlarm.accounts()).slice(0, MOST_NAMED),
        sinceStart: { ...claimCounts },
      }),
    },
    {
      name: 'keys',
      async run() {
        const cinemas = statusOfServed(await servedCinemas.list(), await cache.status());
        const fetched = cinemas.flatMap(({ keys }) => keys?.fetchedAt ?? []);
        const lacking = cinemas.filter(({ keys }) => (keys?.count ?? 0) === 0);
        const alarmed = cinemas.filter(({ keys }) => (keys?.alarm ?? null) !== null);
        return {
          ok: true,
          cinemas: cinemas.length,
          oldestSeconds: fetched.length === 0 ? null : secondsSince(Math.min(...fetched)),
          withoutKeys: lacking.slice(0, MOST_NAMED).map(({ cinemaCode }) => cinemaCode),
          withAlarm: alarmed.slice(0, MOST_NAMED).map(({ cinemaCode, keys }) => ({ cinemaCode, alarm: keys?.alarm })),
        };
      },
    },
    {
      name: 'upstream',
      async run() {
        const upstream = await connection.upstream();
        return {
          ok: true,
          url: upstream?.url ?? null,
          line: connection.line.isUp() ? 'up' : 'down',
          extensions: [...(upstream?.extensions() ?? [])],
          clockOffsetMs: upstream?.clockOffset().offsetMs ?? null,
        };
      },
    },
  ];
}
