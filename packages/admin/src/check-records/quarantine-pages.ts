import {
  type CheckRecordTables,
  isOfCinemas,
  type JudgeAgain,
  judgeCinemasAgain,
  type RecordStore,
} from '@ticket-check/check-records';
import { type OperationTables, runOperation } from '@ticket-check/operators';
import { parseRecordId } from '@ticket-check/protocol';
import type { Service } from '@ticket-check/runtime';
import { type Store, withTables } from '@ticket-check/storage';
import { sql } from 'kysely';
import { z } from 'zod';
import { cinemaOrAll, cinemasActedOn, cinemasIn, textOf } from '../asked.ts';
import type { AskedList, PageSet } from '../page.ts';
import { action, operationBy } from '../page.ts';
import { ActionRefused } from '../sent-texts.ts';

const JUDGE_AGAIN = 'records judge-again';

/** Judges quarantined records again: one, or those of a cinema whose code no key opened. Readings R3, R6. */
export function quarantinePages<DB extends CheckRecordTables & OperationTables>(
  { now }: Pick<Service, 'now'>,
  options: {
    readonly store: Store<DB>;
    readonly judgeAgain: JudgeAgain;
    /** Makes the records of the store that an operation changes. */
    readonly recordsOf: (store: Store<DB>) => Pick<RecordStore, 'settle'>;
    /** Whether released records are forwarded to an upstream; they are due then. */
    readonly forward: boolean;
    readonly wake?: () => void;
  },
): PageSet {
  const { store, judgeAgain, recordsOf, forward, wake } = options;
  const { reports }: Store<CheckRecordTables> = withTables(store);

  async function counts(request: AskedList): Promise<object> {
    const { quarantined, notGenuine } = await reports
      .selectFrom('checkRecord')
      .select((eb) => [
        eb.fn.countAll<number>().as('quarantined'),
        eb.fn.countAll<number>().filterWhere('quarantine', '=', 'CODE_NOT_GENUINE').as('notGenuine'),
      ])
      .where('quarantine', 'is not', null)
      .where(isOfCinemas(cinemasIn(request), sql.ref('cinemaCode')))
      .executeTakeFirstOrThrow();
    return { Quarantined: quarantined, NotGenuine: notGenuine };
  }

  return {
    name: 'quarantine',
    json: [{ path: '/quarantine.json', permission: 'records.read', handler: counts }],
    actions: [
      action({
        path: '/quarantine/judge-again',
        permission: 'records.resolve',
        body: cinemaOrAll,
        async handler(request) {
          const cinemaCodes = cinemasActedOn(request.body, request.operator);
          const judged = await runOperation(
            store,
            operationBy(request, now, JUDGE_AGAIN, cinemaCodes === undefined ? {} : { cinemaCodes }),
            (within) => judgeCinemasAgain(withTables(within), cinemaCodes),
            (count) => ({ judged: count }),
          );
          return { Judged: judged };
        },
      }),
      action({
        path: '/quarantine/judge-record',
        permission: 'records.resolve',
        body: z.strictObject({ RecordId: textOf(parseRecordId) }),
        async handler(request) {
          const { RecordId: recordId } = request.body;
          const cinemas = cinemasActedOn({ CinemaCode: null }, request.operator);
          const came = await judgeAgain.one(recordId, cinemas, (judged) =>
            runOperation(
              store,
              operationBy(request, now, JUDGE_AGAIN, {
                recordId,
                cinemaCodes: [...new Set(judged.map(({ cinemaCode }) => cinemaCode))],
              }),
              async (within) => {
                const released = await recordsOf(within).settle(judged, { forward });
                const aside = judged.filter(({ quarantine }) => quarantine !== null);
                return { released, aside: aside.length, remaining: aside[0]?.quarantine ?? null };
              },
              (settled) => settled,
            ),
          );
          if (came === 'not quarantined') throw new ActionRefused('not-aside', 409);
          if (came === 'too many') throw new ActionRefused('too-many-under-one-id', 409);
          if (came.released > 0) wake?.();
          return { Released: came.released, Quarantined: came.aside, ErrorCode: came.remaining };
        },
      }),
    ],
  };
}
