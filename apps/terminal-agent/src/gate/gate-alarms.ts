import { elementsJson, type WallClock } from '@ticket-check/protocol';
import { measuredGauge, type Service } from '@ticket-check/runtime';
import type { TerminalClock } from '../clock/terminal-clock.ts';
import type { Db, TerminalStore, TerminalTables } from '../tables.ts';

type AlarmKind = 'out-of-order' | 'passed';

/** An alarm of a gate since staff last ended one of its kind. A gate that failed is still tried for each guest. */
type GateAlarm = TerminalTables['gateAlarm'] & { readonly since: WallClock; readonly last: WallClock };

export async function loadAlarms(db: Db, kind: AlarmKind): Promise<ReadonlyMap<string, GateAlarm>> {
  const rows = await db.selectFrom('gateAlarm').selectAll().where('kind', '=', kind).execute();
  // Rows are written only by `raiseAlarm`, so their values are valid.
  return new Map((rows as GateAlarm[]).map((alarm) => [alarm.gate, alarm]));
}

/** Raises an alarm or counts it once more; returns whether it is new. */
export async function raiseAlarm(
  db: Db,
  { kind, gate, at, what = '' }: { kind: AlarmKind; gate: string; at: WallClock; what?: string },
): Promise<boolean> {
  const { count } = await db
    .insertInto('gateAlarm')
    .values({ kind, gate, since: at, last: at, count: 1, what })
    .onConflict((conflict) => conflict.doUpdateSet((eb) => ({ last: at, count: eb('gateAlarm.count', '+', 1) })))
    .returning('count')
    .executeTakeFirstOrThrow();
  return count === 1;
}

/** What staff do to end an alarm, by command and on the page of the gates. */
const ENDS_ALARM = { clear: 'out-of-order', acknowledge: 'passed' } as const satisfies Record<string, AlarmKind>;

export type AlarmEnd = keyof typeof ENDS_ALARM;

/** Ends an alarm of a gate, in an open transaction; `null` if there is none. Run as an operation. */
export async function endAlarm(db: Db, by: AlarmEnd, gate: string): Promise<object | null> {
  const kind = ENDS_ALARM[by];
  const ended = db.deleteFrom('gateAlarm').where(({ and }) => and({ kind, gate }));
  const row = await ended.returningAll().executeTakeFirst();
  if (row === undefined) return null;
  return kind === 'passed' ? passedJson(row) : { Gate: gate, OutOfOrderSince: row.since, What: row.what };
}

export const passedJson = (alarm: Omit<TerminalTables['gateAlarm'], 'kind' | 'what'>) =>
  elementsJson(alarm, 'Gate', 'Since', 'Last', 'Count');

/** Counts gates out of order in the metrics. Never rejects: a fault that cannot be stored is logged, and shown while it lasts. */
export function createNoteFault(
  { logger, metrics }: Pick<Service, 'logger' | 'metrics'>,
  { store, clock }: { store: TerminalStore; clock: Pick<TerminalClock, 'now'> },
) {
  measuredGauge(
    metrics,
    'gates_out_of_order',
    'Gates that failed and that staff have not cleared',
    async () => (await loadAlarms(store.db, 'out-of-order')).size,
  );
  return async (gate: string, what: string): Promise<void> => {
    try {
      if (await raiseAlarm(store.db, { kind: 'out-of-order', gate, at: clock.now(), what })) {
        logger.error({ gate, what }, 'gate is out of order until cleared');
      }
    } catch (error) {
      logger.error({ err: error, gate, what }, 'failed to store the fault of a gate');
    }
  };
}
