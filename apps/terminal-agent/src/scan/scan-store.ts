import type { CheckRecordTables, RecordStore } from '@ticket-check/check-records';
import type { CheckRecord, RecordId, TicketIdentity, Verdict, WallClock } from '@ticket-check/protocol';
import type { Store } from '@ticket-check/storage';
import { type Kysely, sql } from 'kysely';
import type { FirstEntry } from '../admission/rules.ts';
import { keepRecord } from '../check-records/keep-record.ts';
import { queueRelease } from '../claims/claim-releases.ts';
import type { ClaimTables } from '../claims/claim-tables.ts';
import { entryOf, openIntent, openIntents } from '../journal/earlier-scan.ts';
import { entryAt, type FirstAnswer, type Scan, type Silence } from '../journal/scan.ts';
import { SALVAGED, type ScanTables } from '../journal/scan-tables.ts';
import { queueRecheck } from '../recheck/recheck-queue.ts';
import type { RecheckTables } from '../recheck/recheck-tables.ts';

type Tables = ScanTables & ClaimTables & RecheckTables & CheckRecordTables;

/** What the store knew of a ticket when a scan of it began. Reading C8. */
export type Beginning =
  /** An intent is durable; `scan` is an earlier one of the same gate where that was left open. */
  | { kind: 'intent'; scan: Scan; continued: boolean }
  /** Admitted at this gate before, and the gate is not known to have opened: it may open now. */
  | { kind: 'unopened'; scan: Scan; answer: FirstAnswer }
  | { kind: 'entered'; first: FirstEntry };

/** Why a scan was refused; `detail` where the verdict alone does not say enough for whoever reads the scans later. */
type Refusal = { verdict: Verdict; detail?: string; decidedAt: WallClock };

type Admission = {
  record: CheckRecord;
  gate: string;
  confirmed: boolean;
  refundStateKnown: boolean;
  /** How long ago the upstream was last heard, where it was silent; `null` where it answered. */
  silence: Silence | null;
  /** The upstream could not say all it knows of the ticket: it is asked once more, later. Reading C3. */
  askLater: boolean;
  /** The upstream may hold a claim for the scan, to be given back where another one was first. Reading C8. */
  mayBeClaimed: boolean;
  decidedAt: WallClock;
};

export type ScanStore = {
  /** Keeps a scan that is refused without having begun. */
  keepRefused(scan: Scan, ticket: TicketIdentity | null, refusal: Refusal): Promise<void>;
  /** Makes the scan's intent durable, or finds what an earlier scan left. It is then under way, until `end`. */
  begin(scan: Scan, ticket: TicketIdentity): Promise<Beginning>;
  /**
   * Lets a scan go on as another one whose intent was left open at the same gate, which is then under way as well;
   * `null` where there is none such. Reading C8.
   */
  goOnAs(other: RecordId, scan: Scan, decidedAt: WallClock): Promise<Scan | null>;
  /** Refuses a scan that has begun, and queues in the same commit what the upstream may have to forget: its claim. */
  refuse(recordId: RecordId, refusal: Refusal, release: TicketIdentity | null): Promise<void>;
  /** Entry, decision and check record with its outbox row in one commit; or the entry that another scan made first. */
  admit(admission: Admission): Promise<{ kind: 'admitted' } | { kind: 'entered'; first: FirstEntry }>;
  /** Marks that the gate opened; for this process also where that cannot be written, which rejects. */
  markOpened(recordId: RecordId, openedAt: WallClock): Promise<void>;
  /** The scan is no longer under way in this process: what it left open may be continued by another. */
  end(recordId: RecordId): void;
  /**
   * The admissions that the clock is not to stand before: the newest of this store, and of those that were salvaged into
   * it the one with the latest moment, since they came after newer ones. Reading C7.
   */
  lastAdmissions(): Promise<{ at: WallClock; correctionMs: number }[]>;
};

/** The scans of a terminal and the entries they made. Scheme 5.1.1, 5.3.1.2; readings C2, C8, S2. */
export function createScanStore(store: Store<Tables>, records: RecordStore): ScanStore {
  // A scan that this process is still working on must not be continued by a second one. A crash empties the set, and
  // that is what makes the intents it left continuable.
  const underWay = new Set<RecordId>();
  const openedUnwritten = new Set<RecordId>();

  /**
   * Runs a transaction that takes a scan up. It is under way before the commit, so that the next transaction sees it
   * taken; where the commit fails, it is not.
   */
  async function takingUp<T>(
    run: (trx: Kysely<Tables>, takeUp: (recordId: RecordId) => void) => Promise<T>,
  ): Promise<T> {
    const taken: RecordId[] = [];
    try {
      return await store.transaction((trx) =>
        run(trx, (recordId) => {
          underWay.add(recordId);
          taken.push(recordId);
        }),
      );
    } catch (error) {
      for (const recordId of taken) underWay.delete(recordId);
      throw error;
    }
  }

  async function begin(
    trx: Kysely<Tables>,
    takeUp: (recordId: RecordId) => void,
    scan: Scan,
    ticket: TicketIdentity,
  ): Promise<Beginning> {
    const entry = await entryOf(trx, ticket);
    if (entry !== null) {
      const { scan: earlier, decision } = entry;
      const opened = decision?.opened === true || openedUnwritten.has(earlier.recordId);
      if (opened || underWay.has(earlier.recordId) || earlier.gate !== scan.gate)
        return { kind: 'entered', first: entryAt(entry.scan) };
      const { opened: _, ...answer } = decision ?? { opened, confirmed: false };
      takeUp(earlier.recordId);
      return { kind: 'unopened', scan: earlier, answer };
    }
    const left = (await openIntents(trx, ticket, scan.gate)).find(({ scan: { recordId } }) => !underWay.has(recordId));
    if (left === undefined) await trx.insertInto('scan').values(scanRow(scan, ticket)).execute();
    const begun = left?.scan ?? scan;
    takeUp(begun.recordId);
    return { kind: 'intent', scan: begun, continued: left !== undefined };
  }

  return {
    begin: (scan, ticket) => takingUp((trx, takeUp) => begin(trx, takeUp, scan, ticket)),

    goOnAs: (other, scan, decidedAt) =>
      takingUp(async (trx, takeUp) => {
        if (underWay.has(other)) return null;
        const left = await openIntent(trx, { recordId: other, gate: scan.gate });
        if (left === null) return null;
        await decide(trx, scan.recordId, { verdict: 'ALREADY_ENTERED', detail: `continued as ${other}`, decidedAt });
        takeUp(other);
        return left.scan;
      }),

    async keepRefused(scan, ticket, refusal) {
      await store.transaction((trx) =>
        trx
          .insertInto('scan')
          .values({ ...scanRow(scan, ticket), ...refusal })
          .execute(),
      );
    },

    async refuse(recordId, refusal, release) {
      await store.transaction(async (trx) => {
        await decide(trx, recordId, refusal);
        if (release !== null) await queueRelease(trx, { ...release, recordId }, refusal.decidedAt);
      });
    },

    admit: ({ record, gate, decidedAt, ...admission }) =>
      store.transaction(async (trx) => {
        const { recordId, startTime, cinemaCode, filmTicketCode } = record;
        await trx
          .insertInto('entry')
          .values({ startTime, cinemaCode, filmTicketCode, recordId })
          .onConflict((conflict) => conflict.doNothing())
          .execute();
        const entry = await entryOf(trx, record);
        if (entry === null) throw new Error('an entry without its scan');
        if (entry.scan.recordId !== recordId) {
          await decide(trx, recordId, { verdict: 'ALREADY_ENTERED', decidedAt });
          if (admission.mayBeClaimed) await queueRelease(trx, record, decidedAt);
          return { kind: 'entered', first: entryAt(entry.scan) };
        }
        await decide(trx, recordId, {
          verdict: 'ADMIT',
          confirmed: admission.confirmed ? 1 : 0,
          refundStateKnown: admission.refundStateKnown ? 1 : 0,
          upstreamSilent: admission.silence ? 1 : 0,
          lastContactSeconds: admission.silence?.lastContactSeconds ?? null,
          decidedAt,
        });
        if (admission.askLater) await queueRecheck(trx, recordId, decidedAt);
        await keepRecord(records, record, gate, trx);
        return { kind: 'admitted' };
      }),

    async markOpened(recordId, openedAt) {
      openedUnwritten.add(recordId);
      await store.transaction((trx) =>
        trx.updateTable('scan').set({ openedAt }).where('recordId', '=', recordId).execute(),
      );
      openedUnwritten.delete(recordId);
    },

    end: (recordId) => {
      underWay.delete(recordId);
    },

    async lastAdmissions() {
      const admissions = store.db
        .selectFrom('scan')
        .select(['scannedAt', 'clockCorrectionMs'])
        .where('verdict', '=', 'ADMIT')
        .limit(1);
      // Of its own the newest and not the latest: an upstream may have set right a clock that was ahead for a while.
      const own = admissions.where('detail', 'is', null).orderBy('sequence', 'desc');
      const salvaged = admissions.where('detail', '=', sql.lit(SALVAGED)).orderBy('scannedAt', 'desc');
      const rows = await Promise.all([own.executeTakeFirst(), salvaged.executeTakeFirst()]);
      return rows
        .filter((row) => row !== undefined)
        .map(({ scannedAt, clockCorrectionMs }) => ({ at: scannedAt as WallClock, correctionMs: clockCorrectionMs }));
    },
  };
}

function scanRow({ clockTrusted, ...scan }: Scan, ticket: TicketIdentity | null) {
  const { cinemaCode = null, filmTicketCode = null, startTime = null } = ticket ?? {};
  return { ...scan, clockTrusted: clockTrusted ? 1 : 0, cinemaCode, filmTicketCode, startTime };
}

type Decision = {
  verdict: Verdict;
  decidedAt: WallClock;
  detail?: string;
  confirmed?: number;
  refundStateKnown?: number;
  upstreamSilent?: number;
  lastContactSeconds?: number | null;
};

async function decide(trx: Kysely<Tables>, recordId: RecordId, decision: Decision): Promise<void> {
  await trx.updateTable('scan').set(decision).where('recordId', '=', recordId).execute();
}
