import { addSeconds, type WallClock } from '@ticket-check/protocol';
import type { Store } from '@ticket-check/storage';
import { loadUnadmitted, type PassageTables, unpassedSince } from '../gate/passages.ts';
import type { OwnState } from '../state/own-state.ts';
import type { KioskStatus } from './screen/told.ts';

/** Reads the terminal's status for the kiosk page of a gate; null if there is no such gate. */
export type ReadStatus = () => Promise<(gate: string) => KioskStatus | null>;

/** After this time a missed guest is not expected to be at the gate. */
const MISSED_SECONDS = 180;

/** Reads the status of all gates at once. `offlineSince`: the platform's last answer, kept while the line is down. */
export function createReadStatus(options: {
  store: Store<PassageTables>;
  ownState: OwnState;
  hasUpstream: () => Promise<boolean>;
  enrolment: () => KioskStatus['enrolment'];
  lastContactSeconds: () => Promise<number | null>;
  clock: { now(): WallClock };
  /** The gate of each scanner. */
  gateOf: ReadonlyMap<string, string>;
  /** Whether a gate has hardware that opens it. */
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
