import type { RecordId, WallClock } from '@ticket-check/protocol';
import type { Store } from '@ticket-check/storage';
import { judgeOverride, type OverrideObjection } from '../admission/override-rule.ts';
import type { TerminalClock } from '../clock/terminal-clock.ts';
import type { Gate, Gates } from '../gate/gate.ts';
import type { Refusal } from '../journal/refusals.ts';
import type { OpenGate } from '../scan/open-gate.ts';
import { type Overridden, type OverrideBy, type OverridingTables, refusalToOverride } from './override-refusal.ts';

/** Admits guests whom a scan refused, at the gate of that scan. */
export type AdmitAnyway = {
  /** The time of the terminal's clock. */
  now(): WallClock;
  /** Why a refusal may not be overridden now; null if it may. */
  objectionTo(refusal: Refusal): OverrideObjection | null;
  /** Finds a refusal that may be overridden now, or says why it may not. */
  find(recordId: string): Promise<Refusal | OverrideObjection>;
  /**
   * Runs `decide`, which makes the admission durable, and opens the gate unless it returns null. `opened`: whether the gate took
   * the command; also false if it has not answered yet or if this terminal does not have that gate any longer.
   */
  admit(
    gate: string,
    who: Pick<OverrideBy, 'operator' | 'reason'>,
    decide: (by: OverrideBy) => Promise<Overridden | null>,
  ): Promise<{ overridden: Overridden; opened: boolean } | null>;
};

/**
 * The gate opens after the commit, as for a scan. If a crash comes in between, no scan opens it (reading R10): the list of refusals
 * says that it is not known to have opened.
 */
export function createAdmitAnyway(parts: {
  store: Store<OverridingTables>;
  clock: TerminalClock;
  newRecordId: () => RecordId;
  gates: Gates;
  openGate: OpenGate;
  wakeForwarder: () => void;
}): AdmitAnyway {
  const { store, clock, openGate } = parts;
  const reading = () => ({ ...clock.read(), stoodBack: clock.stoodBack() });

  const gateNamed = (name: string): Gate | undefined => parts.gates.all.find((gate) => gate.name === name);

  return {
    now: clock.now,
    objectionTo: ({ overriddenBy, ...refusal }) =>
      judgeOverride(
        { ...refusal, hasTicket: true, kept: true, overridden: overriddenBy !== null },
        { now: clock.now(), clockTrusted: !clock.stoodBack() },
      ),
    find: (recordId) => refusalToOverride(store, recordId, reading()),
    async admit(gateName, who, decide) {
      const gate = gateNamed(gateName);
      const recordId = parts.newRecordId();
      const at = reading();
      const overridden = await decide({ ...who, recordId, at, opensByAnswer: gate?.opensByAnswer ?? false });
      if (overridden === null) return null;
      clock.notice(at);
      parts.wakeForwarder();
      const opened = gate !== undefined && (await openGate(recordId, gate, { isMarked: gate.opensByAnswer })) === 'yes';
      return { overridden, opened };
    },
  };
}
