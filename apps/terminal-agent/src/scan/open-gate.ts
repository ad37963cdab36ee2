import type { RecordId } from '@ticket-check/protocol';
import { type Service, within } from '@ticket-check/runtime';
import type { TerminalClock } from '../clock/terminal-clock.ts';
import type { Gate } from '../gate/gate.ts';
import type { ScanStore } from './scan-store.ts';

/** Whether the gate took the command; `under way`: it has not answered within the time that a verdict waits. */
export type GateOpened = 'yes' | 'no' | 'under way';

/**
 * Opens a gate for a durable admission, and marks that unless it is marked already. Until the gate answers, nothing else opens it
 * for that admission. Never rejects.
 */
export type OpenGate = (recordId: RecordId, gate: Gate, marks: { isMarked: boolean }) => Promise<GateOpened>;

/** How long a verdict waits for the gate; a relay or a door controller answers within some hundredths of a second. */
const ANSWER_WAITS_MS = 250;

export function createOpenGate(
  { logger, defer }: Pick<Service, 'logger' | 'defer'>,
  { clock, scans }: { clock: Pick<TerminalClock, 'now'>; scans: Pick<ScanStore, 'holdGate' | 'markOpened'> },
): OpenGate {
  const underWay = new Set<Promise<unknown>>();
  defer(() => Promise.all(underWay));

  async function open(recordId: RecordId, gate: Gate, isMarked: boolean): Promise<'yes' | 'no'> {
    try {
      await gate.open(recordId);
    } catch (error) {
      // The guest was admitted: staff let them in, or they scan again at this gate.
      logger.error({ err: error, gate: gate.name, recordId }, 'gate did not open for an admitted ticket');
      return 'no';
    }
    if (isMarked) return 'yes';
    try {
      await scans.markOpened(recordId, clock.now());
    } catch (error) {
      logger.error({ err: error, gate: gate.name, recordId }, 'failed to store that a gate opened');
    }
    return 'yes';
  }

  return async (recordId, gate, { isMarked }) => {
    const release = scans.holdGate(recordId);
    const opening = open(recordId, gate, isMarked).finally(() => {
      release();
      underWay.delete(opening);
    });
    underWay.add(opening);
    return (await within(ANSWER_WAITS_MS, opening)) ?? 'under way';
  };
}
