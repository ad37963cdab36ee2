import { wallClockAt } from '@ticket-check/protocol';
import { adviceJson, deviceJson, worstOf } from '@ticket-check/protocol/terminal-advice';
import type { FleetMember } from './load-fleet.ts';

/**
 * A terminal as the command and the console print it. Of its cinemas those are named that the asker may see. Moments are those
 * of this platform's clock.
 */
export function fleetJson(member: FleetMember, cinemas: readonly string[] | 'all') {
  const { account, cinemaCodes, createdAt, heardAt, storeId, state, advice } = member;
  const ago = (seconds: number | null) =>
    seconds === null || heardAt === null ? null : wallClockAt(heardAt - seconds * 1000);
  return {
    Username: account,
    CinemaCodes: shownCinemas(cinemaCodes, cinemas),
    CreatedAt: createdAt,
    Severity: worstOf(advice).severity,
    Advice: advice.map(adviceJson),
    LastHeardAt: ago(0),
    State:
      state === null
        ? null
        : {
            Version: state.version,
            Store: storeId,
            StartedAt: ago(state.uptimeSeconds),
            Line: state.line,
            Ending: state.ending,
            Gates: state.gates.map(deviceJson),
            Scanners: state.scanners.map(deviceJson),
            Unadmitted: state.unadmitted.map(({ gate, count, lastSeconds }) => ({
              Gate: gate,
              Count: count,
              LastAt: ago(lastSeconds),
            })),
            Waiting: state.waiting,
            Parked: state.parked,
            OldestUnsentAt: ago(state.oldestUnsentSeconds),
            KeysCameAt: ago(state.keysAgeSeconds),
            ClockOffsetMs: state.clockOffsetMs,
            ClockTrusted: state.clockTrusted,
            StoresSetAside: state.storesSetAside,
          },
  };
}

function shownCinemas(of: readonly string[] | 'all', cinemas: readonly string[] | 'all'): readonly string[] {
  if (of === 'all') return cinemas === 'all' ? ['*'] : cinemas;
  return cinemas === 'all' ? of : of.filter((code) => cinemas.includes(code));
}
