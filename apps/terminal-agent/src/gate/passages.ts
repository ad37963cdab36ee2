import { addSeconds, type RecordId, type WallClock } from '@ticket-check/protocol';
import { Counter, type Service } from '@ticket-check/runtime';
import PQueue from 'p-queue';
import type { TerminalClock } from '../clock/terminal-clock.ts';
import type { Db, TerminalStore } from '../tables.ts';
import { loadAlarms, raiseAlarm } from './gate-alarms.ts';
import type { PassageSensor } from './gate-driver.ts';
import { followPassages, NO_PASSAGES, type PassageEvent, type PassageFinding } from './passage-rule.ts';

type Unpassed = { readonly recordId: RecordId; readonly gate: string; readonly noticedAt: WallClock };

const KEPT_SECONDS = 86_400;

/** Loads the gates of guests missed since a moment, one for each guest. */
export async function unpassedSince(db: Db, moment: WallClock): Promise<string[]> {
  const rows = await db.selectFrom('unpassedAdmission').select('gate').where('noticedAt', '>=', moment).execute();
  return rows.map(({ gate }) => gate);
}

/** Records that a guest was not seen, and deletes such rows older than a day. */
async function noteUnpassed(store: TerminalStore, { recordId, gate, noticedAt }: Unpassed) {
  const { db } = store;
  await store.batch([
    db.deleteFrom('unpassedAdmission').where('noticedAt', '<', addSeconds(noticedAt, -KEPT_SECONDS)).compile(),
    db
      .insertInto('unpassedAdmission')
      .values({ recordId, gate, noticedAt })
      .onConflict((conflict) => conflict.doNothing())
      .compile(),
  ]);
}

/** Deletes the record of a missed guest who came after all or whose entry is undone; returns whether it existed. */
async function forgetUnpassed(db: Db, recordId: string): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom('unpassedAdmission')
    .where('recordId', '=', recordId)
    .executeTakeFirst();
  return numDeletedRows > 0n;
}

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
  { store, clock }: { store: TerminalStore; clock: Pick<TerminalClock, 'now'> },
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
