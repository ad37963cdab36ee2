import type { RecordStore } from '@ticket-check/check-records';
import type { KeyStatus } from '@ticket-check/key-cache';
import { type CinemaCode, type DeviceState, epochOf, type TerminalState, type WallClock } from '@ticket-check/protocol';
import type { TerminalClock } from '../clock/terminal-clock.ts';
import type { Unadmitted } from '../gate/passage/passages.ts';
import type { TerminalConnection } from '../upstream/connect-upstream.ts';

/** The current state of this terminal, for the platform above and for staff. */
export type OwnState = () => Promise<TerminalState>;

/** @param options.now epoch milliseconds, by the machine's clock */
export function createOwnState(options: {
  version: string;
  devices: () => Promise<{ readonly gates: readonly DeviceState[]; readonly scanners: readonly DeviceState[] }>;
  /** Unadmitted passages that staff have not acknowledged. */
  unadmitted: () => Promise<Iterable<Unadmitted>>;
  summary: () => ReturnType<RecordStore['summary']>;
  keyStatus: () => Promise<readonly Pick<KeyStatus, 'cinemaCode' | 'count' | 'fetchedAt'>[]>;
  /** The cinemas of this terminal. */
  cinemas: () => Promise<readonly CinemaCode[]>;
  connection: Pick<TerminalConnection, 'clockOffset' | 'isHeard'>;
  clock: Pick<TerminalClock, 'now' | 'read' | 'stoodBack'>;
  storesSetAside: () => number;
  now: () => number;
}): OwnState {
  const { version, devices, unadmitted, summary, keyStatus, cinemas, connection, clock, storesSetAside, now } = options;
  const startedAt = performance.now();

  async function keysAgeSeconds(): Promise<number | null> {
    const [served, status] = await Promise.all([cinemas(), keyStatus()]);
    const cameAt = new Map(
      status.map(({ cinemaCode, count, fetchedAt }) => [cinemaCode, count > 0 ? fetchedAt : null]),
    );
    const moments = served.map((cinema) => cameAt.get(cinema) ?? null);
    if (moments.length === 0 || moments.includes(null)) return null;
    return secondsSince(Math.min(...moments.filter((moment) => moment !== null)));
  }

  /** Scans and findings of sensors have the corrected time. */
  const scannedAgo = (moment: WallClock) => Math.max(0, Math.round((epochOf(clock.now()) - epochOf(moment)) / 1000));
  const secondsSince = (moment: number) => Math.max(0, Math.round((now() - moment) / 1000));

  return async () => {
    const { waiting, parked, oldestUnsent } = await summary();
    const offset = connection.clockOffset();
    return {
      version,
      uptimeSeconds: Math.round((performance.now() - startedAt) / 1000),
      ...(await devices()),
      unadmitted: [...(await unadmitted())].map(({ gate, count, last }) => ({
        gate,
        count,
        lastSeconds: scannedAgo(last),
      })),
      waiting,
      parked,
      oldestUnsentSeconds: oldestUnsent === null ? null : scannedAgo(oldestUnsent),
      keysAgeSeconds: await keysAgeSeconds(),
      clockOffsetMs: offset?.measured ? offset.offsetMs : null,
      clockTrusted: clock.read().trusted && !clock.stoodBack(),
      storesSetAside: storesSetAside(),
      line: connection.isHeard() ? 'up' : 'down',
      ending: false,
    };
  };
}
