import type { RecordId } from '@ticket-check/protocol';
import type { Logger } from '@ticket-check/runtime';
import type { TerminalClock } from '../clock/terminal-clock.ts';
import type { Gate } from '../gate/gate.ts';
import type { ScanStore } from './scan-store.ts';

/**
 * Opens a gate for an admission that is durable, and marks that unless it is marked already; answers whether the gate took the
 * command. Never rejects.
 */
export type OpenGate = (recordId: RecordId, gate: Gate, marks: { isMarked: boolean }) => Promise<boolean>;

export function createOpenGate(options: {
  clock: Pick<TerminalClock, 'now'>;
  scans: Pick<ScanStore, 'markOpened'>;
  logger: Logger;
}): OpenGate {
  const { clock, scans, logger } = options;
  return async (recordId, gate, { isMarked }) => {
    try {
      await gate.open(recordId);
    } catch (error) {
      // The guest was admitted: staff let them in, or they scan again at this gate.
      logger.error({ err: error, gate: gate.name, recordId }, 'the gate did not open for an admitted ticket');
      return false;
    }
    if (isMarked) return true;
    try {
      await scans.markOpened(recordId, clock.now());
    } catch (error) {
      logger.error({ err: error, gate: gate.name, recordId }, 'a gate opened and the store could not keep that');
    }
    return true;
  };
}
