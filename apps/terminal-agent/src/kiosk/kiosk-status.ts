import { addSeconds, type WallClock } from '@ticket-check/protocol';
import type { Store } from '@ticket-check/storage';
import type { PassageTables } from '../gate/passage/passage-tables.ts';
import { loadUnadmitted, unpassedSince } from '../gate/passage/passages.ts';
import type { OwnState } from '../state/own-state.ts';
import type { KioskStatus } from './screen/told.ts';

/** What the kiosk page of a gate is told of the terminal; null where there is no such gate. */
export type ReadStatus = () => Promise<(gate: string) => KioskStatus | null>;

/** A guest who was let in and did not go through is at the gate no longer. */
const MISSED_SECONDS = 180;

/** Reads the status of all gates at once. `offlineSince` is when the platform was last heard, kept while the line stays down. */
export function createReadStatus(options: {
  store: Store<PassageTables>;
  ownState: OwnState;
  hasUpstream: () => Promise<boolean>;
  enrolment: () => KioskStatus['enrolment'];
  lastContactSeconds: () => Promise<number | null>;
  clock: { now(): WallClock };
  /** Where the scans of each scanner count. */
  gateOf: ReadonlyMap<string, string>;
  /** Whether something opens a gate by itself. */
  hasHardware: (gate: string) => boolean;
  admitsOffline: boolean;
}): ReadStatus {
  const { store, ownState, hasUpstream, enrolment, lastContactSeconds, clock, gateOf, hasHardware, admitsOffline } =
    options;
  let downSince: { readonly heardAt: WallClock | null } | null = null;

  async function offlineSince(isDown: boolean): Promise<WallClock | null> {
    if (!isDown) downSince = null;
    else if (downSince === null) {
      const seconds = await lastContactSeconds();
      downSince = { heardAt: seconds === null ? null : addSeconds(clock.now(), -seconds) };
    }
    return downSince?.heardAt ?? null;
  }

  return async () => {
    const [state, isSet, unadmitted, missed] = await Promise.all([
      ownState(),
      hasUpstream(),
      loadUnadmitted(store),
      unpassedSince(store, addSeconds(clock.now(), -MISSED_SECONDS)),
    ]);
    const line = isSet ? state.line : 'none';
    const since = await offlineSince(line === 'down');
    return (gate) => {
      const found = state.gates.find(({ name }) => name === gate);
      if (found === undefined) return null;
      return {
        at: clock.now(),
        clockTrusted: state.clockTrusted,
        line,
        enrolment: isSet ? null : enrolment(),
        offlineSince: since,
        admitsOffline,
        waiting: state.waiting,
        scanners: state.scanners
          .filter(({ name }) => gateOf.get(name) === gate)
          .map(({ name, enabled, error }) => ({ name, works: enabled && error === null })),
        gate: {
          hasHardware: hasHardware(gate),
          isOutOfOrder: found.outOfOrderSeconds !== null,
          isPassedUnadmitted: unadmitted.has(gate),
          missed: missed.filter((one) => one === gate).length,
        },
      };
    };
  };
}
