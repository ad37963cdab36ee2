import { ProtocolError, type RecordId, type ScreenCode } from '@ticket-check/protocol';
import type { Logger } from '@ticket-check/runtime';
import type { GatePlan } from './gate-plan.ts';

/** A gate that scans are made at: its name, the screens behind it, and how it opens. */
export type Gate = {
  name: string;
  screens: readonly ScreenCode[] | 'any';
  /** Whether hardware lets one guest through and shuts; otherwise staff go by the verdict alone. */
  barrier: boolean;
  /** Opens once for one guest. Rejects when the gate did not take the command. */
  open(recordId: RecordId): Promise<void>;
};

/** The gates of this terminal, by name. */
export type Gates = {
  /** @throws ProtocolError INVALID_QUERY where this terminal has no such gate. */
  named(name: string): Gate;
};

/** How the gates of a terminal are told to open, and whether there is hardware that does. */
export type Opening = Pick<Gate, 'barrier'> & { open: (gate: string, recordId: RecordId) => Promise<void> };

/** The gates of the settings, all opened in one way. */
export function plannedGates(plan: GatePlan, { barrier, open }: Opening): Gates {
  const gates = new Map(
    [...plan.screensOf].map(([name, screens]): [string, Gate] => [
      name,
      { name, screens, barrier, open: (recordId) => open(name, recordId) },
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
export function loggedOpening(logger: Logger): Opening {
  return { barrier: false, open: async (gate, recordId) => logger.info({ gate, recordId }, 'gate opens') };
}
