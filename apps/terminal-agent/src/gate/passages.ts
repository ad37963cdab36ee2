import { addSeconds, type RecordId, type WallClock } from '@ticket-check/protocol';
import { Counter, type Service } from '@ticket-check/runtime';
import PQueue from 'p-queue';
import type { TerminalClock } from '../clock/terminal-clock.ts';
import type { Db, TerminalStore } from '../tables.ts';
import { loadAlarms, raiseAlarm } from './gate-alarms.ts';
import type { PassageSensor } from './gate-driver.ts';
import { createPassages, type PassageFinding } from './passage-rule.ts';

const KEPT_SECONDS = 86_400;

export async function unpassedSince(db: Db, moment: WallClock): Promise<string[]> {
  const rows = await db.selectFrom('unpassedAdmission').select('gate').where('noticedAt', '>=', moment).execute();
  return rows.map(({ gate }) => gate);
}

/** Timers may fire a little early. */
const MARGIN_MS = 20;

/**
 * Compares the passages at gate sensors with admissions. Findings are stored in the order in which they occur, and shown by
 * health and metrics. Returns the function that starts to watch a gate.
 */
export function watchPassages(
  { check, defer, logger, metrics }: Pick<Service, 'check' | 'defer' | 'logger' | 'metrics'>,
  { store, clock }: { store: TerminalStore; clock: Pick<TerminalClock, 'now'> },
) {
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
    const { db } = store;
    if (finding.kind === 'unpassed') {
      const { recordId } = finding;
      const noticedAt = clock.now();
      const kept = db.insertInto('unpassedAdmission').values({ recordId, gate, noticedAt });
      await store.batch([
        db.deleteFrom('unpassedAdmission').where('noticedAt', '<', addSeconds(noticedAt, -KEPT_SECONDS)).compile(),
        kept.onConflict((conflict) => conflict.doNothing()).compile(),
      ]);
      unpassed.inc({ gate });
      logger.warn({ gate, recordId }, 'admitted guest did not go through the gate');
      return;
    }
    if (finding.kind === 'late') {
      const late = db.deleteFrom('unpassedAdmission').where('recordId', '=', finding.recordId);
      // If the admission was undone meanwhile, it admits nobody: the person is unadmitted.
      if ((await late.executeTakeFirst()).numDeletedRows > 0n) return;
    }
    unadmitted.inc({ gate });
    logger.error({ gate }, 'person went through the gate unadmitted');
    await raiseAlarm(store.db, { kind: 'passed', gate, at: clock.now() });
  }

  check({
    name: 'passages',
    async run() {
      const passed = [...(await loadAlarms(store.db, 'passed')).values()];
      const seen = passed.map(({ gate, since, last, count }) => ({ gate, since, last, count }));
      return { ok: true, ...(seen.length > 0 && { degraded: true }), unadmitted: seen };
    },
  });

  return (gate: string, { withinMs, watch }: PassageSensor) => {
    const passages = createPassages(withinMs);
    const report = (found: readonly PassageFinding[]) => {
      for (const finding of found) {
        keeping
          .add(() => keep(gate, finding))
          .catch((err: unknown) => logger.error({ err, gate, finding }, 'failed to store the finding of a sensor'));
      }
    };
    watch({ passed: () => report(passages.passed(performance.now())), blind: passages.blind });
    const lookForOverdue = () => {
      if (!isOver) report(passages.findOverdue(performance.now()));
    };
    return {
      admitted(recordId: RecordId): void {
        passages.admitted(recordId, performance.now());
        setTimeout(lookForOverdue, withinMs + MARGIN_MS).unref();
      },
      /** It did not open: staff let them in. */
      notOpened: passages.notOpened,
    };
  };
}
