import type { RecordId, ScreenCode } from '@ticket-check/protocol';
import type { Logger } from '@ticket-check/runtime';

/** How a gate may be called. */
export const GATE_NAME = /^[\p{L}\p{N}._-]{1,64}$/u;

/** A gate that scans are made at: its name, the screens behind it, and how it opens. */
export type Gate = {
  name: string;
  screens: readonly ScreenCode[] | 'any';
  /** Opens once for one guest. Rejects when the gate did not take the command. */
  open(recordId: RecordId): Promise<void>;
};

/** The gates of this terminal, by name. */
export type Gates = { named(name: string): Gate };

/**
 * Gates without hardware: opening is a log line, and the verdict tells staff to let the guest in. Every name is a gate;
 * all lead to the same screens.
 */
export function loggingGates(screens: readonly ScreenCode[] | 'any', logger: Logger): Gates {
  return {
    named: (name) => ({
      name,
      screens,
      open: async (recordId) => logger.info({ gate: name, recordId }, 'gate opens'),
    }),
  };
}
