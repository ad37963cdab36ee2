import type { RecordId } from '@ticket-check/protocol';
import { Counter, type Service } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import PQueue from 'p-queue';
import type { TerminalClock } from '../../clock/terminal-clock.ts';
import type { PassageSensor } from '../gate-driver.ts';
import { followPassages, NO_PASSAGES, type PassageEvent, type PassageFinding } from './passage-rule.ts';
import { forgetUnpassed, loadUnadmitted, noteUnadmitted, noteUnpassed, type PassageTables } from './passages.ts';

/** Takes each admission at a gate with a sensor. */
export type PassageWatch = {
  /** The gate is about to open for them. */
  admitted(recordId: RecordId): void;
  /** It did not open: staff let them in. */
  notOpened(recordId: RecordId): void;
};

/** Timers may fire a little early. */
const MARGIN_MS = 20;

/**
 * Compares the passages at gate sensors with admissions. Findings are stored in the order in which they occur, and shown by
 * health and metrics. Returns the function that starts to watch a gate.
 */
export function watchPassages(
  { check, defer, logger, metrics }: Pick<Service, 'check' | 'defer' | 'logger' | 'metrics'>,
  { store, clock }: { store: Store<PassageTables>; clock: Pick<TerminalClock, 'now'> },
): (gate: string, sensor: PassageSensor) => PassageWatch {
  const registers = [metrics];
  const unpassed = new Counter({
    name: 'admissions_unpassed_total',
    help: 'Admissions whose guest the sensor of the gate did not see in time',
    labelNames: ['gate'],
    registers,
  });
  const unadmitted = new Counter({
    name: 'passages_unadmitted_total',
    help: 'People who went through a gate without being admitted',
    labelNames: ['gate'],
    registers,
  });
  let isOver = false;
  const keeping = new PQueue({ concurrency: 1 });
  defer(() => {
    isOver = true;
    return keeping.onIdle();
  });

  async function keep(gate: string, finding: PassageFinding): Promise<void> {
    if (finding.kind === 'unpassed') {
      const { recordId } = finding;
      await noteUnpassed(store, { recordId, gate, noticedAt: clock.now() });
      unpassed.inc({ gate });
      logger.warn({ gate, recordId }, 'admitted guest did not go through the gate');
      return;
    }
    // If the admission was undone meanwhile, it admits nobody: the person is unadmitted.
    if (finding.kind === 'late' && (await forgetUnpassed(store.db, finding.recordId))) return;
    unadmitted.inc({ gate });
    logger.error({ gate }, 'person went through the gate unadmitted');
    await noteUnadmitted(store, gate, clock.now());
  }

  check({
    name: 'passages',
    async run() {
      const unadmittedAt = [...(await loadUnadmitted(store)).values()];
      return { ok: true, ...(unadmittedAt.length > 0 && { degraded: true }), unadmitted: unadmittedAt };
    },
  });

  return (gate, { withinMs, watch }) => {
    let passages = NO_PASSAGES;
    const follow = (event: PassageEvent) => {
      const next = followPassages(passages, event, withinMs);
      passages = next.passages;
      for (const finding of next.found) {
        keeping
          .add(() => keep(gate, finding))
          .catch((err: unknown) => logger.error({ err, gate, finding }, 'failed to store the finding of a sensor'));
      }
    };
    watch({
      passed: () => follow({ kind: 'passed', at: performance.now() }),
      blind: () => follow({ kind: 'blind' }),
    });
    const lookForOverdue = () => {
      if (!isOver) follow({ kind: 'time', at: performance.now() });
    };
    return {
      admitted(recordId) {
        follow({ kind: 'admitted', recordId, at: performance.now() });
        setTimeout(lookForOverdue, withinMs + MARGIN_MS).unref();
      },
      notOpened: (recordId) => follow({ kind: 'not opened', recordId }),
    };
  };
}
