import { ProtocolError, type RecordId, type ScreenCode } from '@ticket-check/protocol';
import type { Logger } from '@ticket-check/runtime';
import type { GatePlan } from './gate-plan.ts';

/** A gate that scans are made at: its name, the screens behind it, and how it opens. */
export type Gate = {
  name: string;
  screens: readonly ScreenCode[] | 'any';
  /** Opens once for one guest. Rejects when the gate did not take the command. */
  open(recordId: RecordId): Promise<void>;
};

/** The gates of this terminal, by name. */
export type Gates = {
  /** @throws ProtocolError INVALID_QUERY where this terminal has no such gate. */
  named(name: string): Gate;
};

/** How a gate is told to open. */
export type OpenGate = (gate: string, recordId: RecordId) => Promise<void>;

/** The gates of the settings, each opened by `open`. */
export function plannedGates(plan: GatePlan, open: OpenGate): Gates {
  const gates = new Map(
    [...plan.screensOf].map(([name, screens]): [string, Gate] => [
      name,
      { name, screens, open: (recordId) => open(name, recordId) },
    ]),
  );
  const names = [...gates.keys()].join(', ');
  return {
    named(name) {
      const gate = gates.get(name);
      if (gate === undefined)
        throw new ProtocolError('INVALID_QUERY', `Gate: this terminal has ${names}, not ${name}.`);
      return gate;
    },
  };
}

/** Gates without hardware: opening is a log line, and the verdict tells staff to let the guest in. */
export function loggedOpening(logger: Logger): OpenGate {
  return async (gate, recordId) => logger.info({ gate, recordId }, 'gate opens');
}
