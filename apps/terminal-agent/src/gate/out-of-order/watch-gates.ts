import { every, measuredGauge, type Service } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import type { TerminalClock } from '../../clock/terminal-clock.ts';
import { loadOutOfOrder, markOutOfOrder } from './out-of-order.ts';
import type { OutOfOrderTables } from './out-of-order-tables.ts';

/** How often gates are checked: for faults between guests, and for gates that were cleared too early. */
const EVERY_MS = 1000;

/** Marks a gate that failed, until staff clear it. */
export type NoteFault = (gate: string, what: string) => Promise<void>;

/** Never rejects: a fault that cannot be stored is logged, and shown while it lasts. */
export function createNoteFault(
  { logger }: Pick<Service, 'logger'>,
  { store, clock }: { store: Store<OutOfOrderTables>; clock: Pick<TerminalClock, 'now'> },
): NoteFault {
  return async (gate, what) => {
    try {
      if (await markOutOfOrder(store, { gate, since: clock.now(), what })) {
        logger.error({ gate, what }, 'gate is out of order until cleared');
      }
    } catch (error) {
      logger.error({ err: error, gate, what }, 'failed to store the fault of a gate');
    }
  };
}

/** Marks gates whose hardware fails, and counts them in the metrics. `faults`: what is wrong with each now. */
export function watchGates(
  { job, logger, metrics }: Pick<Service, 'job' | 'logger' | 'metrics'>,
  options: {
    store: Store<OutOfOrderTables>;
    faults: () => readonly { readonly name: string; readonly error: string }[];
    noteFault: NoteFault;
  },
): void {
  const { store, faults, noteFault } = options;
  measuredGauge(
    metrics,
    'gates_out_of_order',
    'Gates that failed and that staff have not cleared',
    async () => (await loadOutOfOrder(store)).size,
  );
  async function run(): Promise<void> {
    const failing = faults();
    if (failing.length === 0) return;
    const marked = await loadOutOfOrder(store);
    for (const { name, error } of failing) if (!marked.has(name)) await noteFault(name, error);
  }
  const name = 'gates';
  job({ name, runs: 'everywhere', start: () => every({ name, everyMs: EVERY_MS, run, logger, atOnce: true }) });
}
