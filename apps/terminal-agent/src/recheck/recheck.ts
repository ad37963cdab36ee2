import type { Complete } from '@ticket-check/check-records';
import {
  addSeconds,
  type RecordId,
  type ReportedDouble,
  type TicketIdentity,
  type Verdict,
  type WallClock,
} from '@ticket-check/protocol';
import { Counter, measuredGauge, type Service } from '@ticket-check/runtime';
import { sql } from 'kysely';
import pMap from 'p-map';
import { type AdmissionPolicy, judgeEntry } from '../admission/rules.ts';
import { completionOf } from '../check-records/make-record.ts';
import type { TerminalSettings } from '../config.ts';
import type { Core } from '../core.ts';
import { undoneEntries } from '../journal/scan.ts';
import type { Db } from '../tables.ts';
import { type AskUpstream, infoIn, type UpstreamAnswer, withoutEntry } from '../upstream/ask-upstream.ts';

type Recheck = TicketIdentity & { recordId: RecordId };

/** An objection to an admission that was made without the upstream. */
type RecheckFinding = { verdict: Verdict; firstEntry: WallClock | null };

const ROWS = sql<number>`count(*)`.as('count');

function notingFinding(db: Db, recordId: RecordId, finding: RecheckFinding, lateNoticedAt: WallClock) {
  const { verdict: lateVerdict, firstEntry: lateFirstEntry } = finding;
  return db.updateTable('scan').set({ lateVerdict, lateFirstEntry, lateNoticedAt }).where('recordId', '=', recordId);
}

/** Queues a recheck as part of the transaction that admits a scan. */
export function queueingRecheck(db: Db, recordId: RecordId, queuedAt: WallClock) {
  return db.insertInto('recheck').values({ recordId, queuedAt });
}

const EVERY_MS = 2000;
/** Longest pause for an upstream that does not keep up, when thousands of terminals ask after an outage. */
const LONGEST_MS = 10_000;
const TIMEOUT_MS = 5000;
const AT_A_TIME = 4;
const PAGE_SIZE = 100;
const MAX_SILENCES = 8;
/** How long health shows findings. */
const SHOWN_SECONDS = 86_400;

/**
 * Asks the upstream about admissions that were made without it, once it answers and several times later, and reports objections.
 * Returns the functions that complete a record by such an answer, and take doubles. Reading C3.
 */
export function createRecheck(
  { logger, metrics, check, job }: Pick<Service, 'logger' | 'metrics' | 'check' | 'job'>,
  options: Core & {
    askUpstream: Pick<AskUpstream, 'stateInBackground'>;
    policy: AdmissionPolicy;
    /** Seconds from each answer to the next question, until terminals that were offline are back. */
    settings: Pick<TerminalSettings, 'RECHECK_SECONDS'>;
  },
) {
  const { store, connection, askUpstream, policy, settings } = options;
  const { now } = options.clock;
  const { db } = store;
  const findings = new Counter({
    name: 'recheck_findings_total',
    help: 'Admissions that the upstream objected to afterwards',
    labelNames: ['verdict'],
    registers: [metrics],
  });

  /** Counts those that were never answered, or are to be asked about again. */
  async function count(timesAsked: '=' | '>'): Promise<number> {
    const rows = db.selectFrom('recheck').select(ROWS).where('timesAsked', timesAsked, 0);
    return (await rows.executeTakeFirstOrThrow()).count;
  }

  /** Loads the oldest due ones after `after`; RecordIds grow with time. */
  async function oldest(after: RecordId | null): Promise<Recheck[]> {
    const rows = await db
      .selectFrom('recheck')
      .innerJoin('scan', 'scan.recordId', 'recheck.recordId')
      .select(['scan.recordId', 'startTime', 'cinemaCode', 'filmTicketCode'])
      .where('recheck.recordId', '>', after ?? '')
      .where((eb) => eb.or([eb('askAt', 'is', null), eb('askAt', '<=', now())]))
      .orderBy('recheck.recordId')
      .limit(PAGE_SIZE)
      .execute();
    return rows as unknown as Recheck[];
  }

  /**
   * Stores the upstream's answer: an objection to the admission, or none yet. Returns false if it brings nothing new. An
   * unconfirmed admission is asked about again: another terminal may still be offline with an entry of the same ticket.
   */
  const keepAnswer = (recordId: RecordId, finding: RecheckFinding | null): Promise<boolean> =>
    store.transaction(async (trx) => {
      const queued = await trx
        .selectFrom('recheck')
        .innerJoin('scan', 'scan.recordId', 'recheck.recordId')
        .select(['timesAsked', 'confirmed'])
        .where('recheck.recordId', '=', recordId)
        .executeTakeFirst();
      if (queued === undefined) return false;
      const { timesAsked, confirmed } = queued;
      const seconds = finding === null && confirmed === 0 ? settings.RECHECK_SECONDS[timesAsked] : undefined;
      if (seconds === undefined) {
        await trx.deleteFrom('recheck').where('recordId', '=', recordId).execute();
      } else {
        const asked = { timesAsked: timesAsked + 1, askAt: addSeconds(now(), seconds) };
        await trx.updateTable('recheck').set(asked).where('recordId', '=', recordId).execute();
      }
      if (finding !== null) await notingFinding(trx, recordId, finding, now()).execute();
      return true;
    });

  /**
   * Whether a scan of this store admitted nobody, because a crash cut it off or it was undone. Its claim or record may still
   * count as an entry at the upstream until that is reported. Readings C8, R9.
   */
  async function admittedNobody(recordId: RecordId): Promise<boolean> {
    const scan = await db.selectFrom('scan').select('verdict').where('recordId', '=', recordId).executeTakeFirst();
    if (scan === undefined || scan.verdict !== 'ADMIT') return scan !== undefined;
    const undone = db.selectFrom('reversal').select('recordId').where('reverses', '=', recordId);
    return (await undone.executeTakeFirst()) !== undefined;
  }

  /**
   * Judges an admission by what is known now. The guest is in and the record stays; a refund or another entry found only now is
   * reported in the log, in the list of scans and in health.
   */
  async function apply(admission: Recheck, answer: UpstreamAnswer): Promise<void> {
    if (answer.kind === 'silent') return;
    const { recordId } = admission;
    const undone = await undoneEntries(db, admission);
    const entry = infoIn(answer)?.entry;
    const isOwnClaim = entry?.recordId !== undefined && (await admittedNobody(entry.recordId));
    const judgement = judgeEntry(recordId, null, isOwnClaim ? withoutEntry(answer) : answer, policy, undone);
    const { verdict } = judgement;
    const firstEntry = verdict === 'ALREADY_ENTERED' ? judgement.firstEntry : undefined;
    const finding = verdict === 'ADMIT' ? null : { verdict, firstEntry: firstEntry?.checkTime ?? null };
    if (!(await keepAnswer(recordId, finding)) || finding === null) return;
    logger.error({ recordId, lateVerdict: verdict, firstEntry }, 'recheck found an objection to an offline admission');
    findings.inc({ verdict });
  }

  /** Questions left when the agent stops are asked after its next start. */
  async function run(stopping: AbortSignal): Promise<'done' | 'back-off'> {
    let after: RecordId | null = null;
    while (!stopping.aborted && connection.breaker.isUp()) {
      const waiting: Recheck[] = await oldest(after);
      after = waiting.at(-1)?.recordId ?? null;
      if (after === null) return 'done';
      const namesEntries = (await connection.upstream())?.extensions().has('record-id') === true;
      // A ticket on which the upstream always fails must not block the others.
      let silences = 0;
      const ask = async (recheck: Recheck) => {
        if (silences > MAX_SILENCES || stopping.aborted) return;
        const answer = await askUpstream.stateInBackground(recheck, TIMEOUT_MS);
        if (answer.kind === 'silent') silences += 1;
        await apply(recheck, namesEntries ? answer : withoutUnnamedEntry(answer));
      };
      await pMap(waiting, ask, { concurrency: AT_A_TIME });
      if (silences > MAX_SILENCES) return 'back-off';
    }
    return 'done';
  }

  measuredGauge(metrics, 'rechecks_waiting', 'Admissions waiting for a recheck', () => count('='));
  check({
    name: 'rechecks',
    async run() {
      const found = await db
        .selectFrom('scan')
        .select(['lateVerdict', ROWS])
        .where('lateVerdict', 'is not', null)
        .where('lateNoticedAt', '>=', addSeconds(now(), -SHOWN_SECONDS))
        .groupBy('lateVerdict')
        .execute();
      const noticedInLastDay = Object.fromEntries(found.map((row) => [row.lateVerdict ?? '', row.count]));
      return { ok: true, toAsk: await count('='), toAskAgain: await count('>'), noticedInLastDay };
    },
  });
  job({
    ...{ name: 'recheck', runs: 'in one process', atOnce: true },
    ...{ everyMs: EVERY_MS, jitterMs: EVERY_MS / 2, longestMs: LONGEST_MS },
    run,
  });

  /** Completes, from GetTicketInfo, a record that the scan could not complete. Scheme 5.2.7, 7.6.2; reading R5. */
  const completeRecord: Complete = async (record) => {
    const answer = await askUpstream.stateInBackground(record, TIMEOUT_MS);
    // Ends the run: the upstream would not answer for the other records either.
    if (answer.kind === 'silent') throw new Error('the upstream does not answer');
    await apply(record, answer);
    const info = infoIn(answer);
    return info === null ? null : completionOf(info);
  };

  /**
   * Reports doubles that the upstream announces like a recheck, even of confirmed admissions: an offline terminal may have admitted a
   * second guest with the same ticket. The platform repeats each double; only the first time counts. Readings C3, R7.
   */
  async function takeDoubles(doubles: readonly ReportedDouble[]): Promise<void> {
    for (const { recordId, entry } of doubles) {
      const isNew = await store.transaction(async (trx) => {
        const finding = { verdict: 'ALREADY_ENTERED', firstEntry: entry.checkTime } as const;
        const { numUpdatedRows } = await notingFinding(trx, recordId, finding, now())
          .where('verdict', '=', 'ADMIT')
          .where('lateVerdict', 'is', null)
          .where(
            sql<boolean>`not exists (select 1 from reversal where reverses in (scan.record_id, ${entry.recordId}))`,
          )
          .executeTakeFirst();
        if (numUpdatedRows > 0n) await trx.deleteFrom('recheck').where('recordId', '=', recordId).execute();
        return numUpdatedRows > 0n;
      });
      if (!isNew) continue;
      logger.error({ recordId, otherEntry: entry }, 'ticket of an admission was used elsewhere too');
      findings.inc({ verdict: 'ALREADY_ENTERED' });
    }
  }

  return { completeRecord, takeDoubles };
}

/** Drops the entry of a plain upstream, which does not say whose it is: after the report it is our own. Reading X2. */
function withoutUnnamedEntry(answer: UpstreamAnswer): UpstreamAnswer {
  return infoIn(answer)?.entry === undefined ? withoutEntry(answer) : answer;
}
