import { haveSameTicket, type RecordStore } from '@ticket-check/check-records';
import type { CheckRecord, ClaimIdentity, RecordId, TicketIdentity, Verdict, WallClock } from '@ticket-check/protocol';
import { isViolation } from '@ticket-check/storage';
import type { CompiledQuery } from 'kysely';
import type { FirstEntry, UndoneEntries } from '../admission/rules.ts';
import { isOverridable } from '../admission/rules.ts';
import { insertingRecord } from '../check-records/make-record.ts';
import { queueingRelease } from '../claims/release-claims.ts';
import type { ClockReading } from '../clock/terminal-clock.ts';
import { keepingRefusal } from '../journal/refusals.ts';
import {
  type Decision,
  deciding,
  entering,
  entryAt,
  entryOf,
  type FirstAnswer,
  hasTraces,
  openIntents,
  type Scan,
  scanRow,
  undoneEntries,
} from '../journal/scan.ts';
import { queueingRecheck } from '../recheck/recheck.ts';
import type { Db, TerminalStore } from '../tables.ts';
import { undoEntry } from '../undo/undo-entry.ts';

/** Goes before reads and writes of the outbox, as a guest is waiting. */
const URGENT = { urgent: true };

/** What the store knows about a ticket when a scan begins. Reading C8. */
export type Beginning =
  /**
   * The scan may continue; if an earlier one of the same gate was left open, it continues as that one. It must not claim before
   * `durable` resolves, and must not continue if it rejects. `undone`: the ticket's undone entries.
   */
  | { kind: 'intent'; scan: Scan; continued: boolean; undone: UndoneEntries; durable: Promise<void> }
  /** Admitted at this gate before, but the gate is not known to have opened: it may open now. */
  | { kind: 'unopened'; scan: Scan; answer: FirstAnswer }
  | { kind: 'entered'; first: FirstEntry }
  /** The guest of the entry `left` comes back; `undone`: that one and those undone before. */
  | { kind: 'left'; scan: Scan; left: Scan; wasConfirmed: boolean; undone: UndoneEntries };

/** Why a scan was refused; `detail` if the verdict is not clear enough for later readers. */
export type Refusal = {
  verdict: Verdict;
  detail?: string;
  decidedAt: WallClock;
  /** Only if the upstream was silent. */
  changesKnownAt?: WallClock | null;
  /** The check record of a genuine ticket and its earlier entry, for a supervisor who overrides the refusal. Reading R10. */
  would?: { record: CheckRecord; first: FirstEntry | null };
};

export type Admission = {
  scan: Scan;
  record: CheckRecord;
  answer: FirstAnswer;
  /** Whether to recheck later, because the upstream's answer was incomplete. Reading C3. */
  askLater: boolean;
  /** Whether the upstream may hold a claim for the scan, to be released if another scan was first. Reading C8. */
  mayBeClaimed: boolean;
  decided: Pick<ClockReading, 'at' | 'epochMs'>;
  /** Whether staff let the guest in by the answer: the admission then counts as opened in the same commit. */
  opensByAnswer: boolean;
  /** The entry of a guest who comes back, which is undone in the same commit, by a compensating record of this RecordId. */
  replaces?: { entry: RecordId; by: RecordId };
};

type BeginOptions = { mayClaim: boolean; replaces?: RecordId | undefined };

export type ScanStore = ReturnType<typeof createScanStore>;

/** For an intent that is already written, and for a scan that is stored with its decision. */
const DURABLE = Promise.resolve();

const NONE_UNDONE: UndoneEntries = new Set();

/** Rows per transaction: a few milliseconds of work. */
const MAX_SUPERSEDED = 100;

/** The scans of a terminal and the entries they made. Scheme 5.1.1, 5.3.1.2; readings C2, C8, S2. */
export function createScanStore(store: TerminalStore, records: RecordStore) {
  // A scan that this process still works on must not be continued by another one. A crash empties the set, so that its
  // open intents can be continued.
  const underWay = new Set<RecordId>();
  const openedUnwritten = new Set<RecordId>();
  const opening = new Set<RecordId>();
  const isTaken = (recordId: RecordId) => underWay.has(recordId) || opening.has(recordId);

  const keep = (statements: readonly CompiledQuery[]) => store.batch(statements, URGENT);

  /**
   * Begins a scan beside what others of its ticket left. It is under way before the commit, so that the next transaction sees it taken,
   * and released again if the commit fails.
   */
  async function beginBeside(scan: Scan, ticket: TicketIdentity, options: BeginOptions): Promise<Beginning> {
    const taken: RecordId[] = [];
    const takeUp = (recordId: RecordId) => {
      underWay.add(recordId);
      taken.push(recordId);
    };
    try {
      return await store.transaction((trx) => findOrBegin(trx, takeUp, scan, ticket, options), URGENT);
    } catch (error) {
      for (const recordId of taken) underWay.delete(recordId);
      throw error;
    }
  }

  async function findOrBegin(
    trx: Db,
    takeUp: (recordId: RecordId) => void,
    scan: Scan,
    ticket: TicketIdentity,
    { mayClaim, replaces }: BeginOptions,
  ): Promise<Beginning> {
    const entry = await entryOf(trx, ticket);
    if (entry !== null) {
      const { scan: earlier, answer } = entry;
      const { recordId, gate, eTicket } = earlier;
      if (recordId === replaces) {
        takeUp(scan.recordId);
        const undone = new Set([...(await undoneEntries(trx, ticket)), replaces]);
        return { kind: 'left', scan: { ...scan, eTicket }, left: earlier, wasConfirmed: answer.confirmed, undone };
      }
      const opened = entry.opened || openedUnwritten.has(recordId);
      // A supervisor saw whether the gate opened, and otherwise let the guest in by hand: no scan continues that. Reading R10.
      if (opened || entry.isOverride || isTaken(recordId) || gate !== scan.gate)
        return { kind: 'entered', first: entryAt(earlier) };
      takeUp(recordId);
      return { kind: 'unopened', scan: earlier, answer };
    }
    const left = (await openIntents(trx, scan.gate, ticket)).find(({ recordId }) => !underWay.has(recordId));
    if (left === undefined && mayClaim) await trx.insertInto('scan').values(scanRow(scan, ticket)).execute();
    const begun = left ?? scan;
    takeUp(begun.recordId);
    const undone = await undoneEntries(trx, ticket);
    return { kind: 'intent', scan: begun, continued: left !== undefined, undone, durable: DURABLE };
  }

  /** The statements of an admission; they violate a primary key if the ticket has an entry. */
  function admitting(admission: Admission): CompiledQuery[] {
    const { scan, record, answer, askLater, decided } = admission;
    return [
      entering(store.db, record).compile(),
      deciding(store.db, scan, record, admitted(admission)).compile(),
      ...(askLater ? [queueingRecheck(store.db, scan.recordId, decided.at).compile()] : []),
      ...insertingRecord(records, record, {
        gate: scan.gate,
        offline: answer.silence !== undefined,
        decidedAtMs: decided.epochMs,
      }),
    ];
  }

  const replacing = ({ entry, by }: NonNullable<Admission['replaces']>, admission: Admission) =>
    store.transaction(async (db) => {
      const left = await undoEntry({ db, store }, entry, { recordId: by, at: admission.decided.at });
      if (left === null) return { kind: 'undone' } as const;
      for (const statement of admitting(admission)) await db.executeQuery(statement);
      return { kind: 'admitted' } as const;
    }, URGENT);

  const refuseForEntry = ({ scan, record, mayBeClaimed, decided: { at: decidedAt } }: Admission) =>
    store.transaction(async (trx) => {
      const entry = await entryOf(trx, record);
      if (entry === null || entry.scan.recordId === scan.recordId) return null;
      await deciding(trx, scan, record, { verdict: 'ALREADY_ENTERED', decidedAt }).execute();
      if (mayBeClaimed) await queueingRelease(trx, record, decidedAt).execute();
      const first = entryAt(entry.scan);
      await keepingRefusal(trx, record, first).execute();
      return first;
    }, URGENT);

  return {
    /**
     * Begins a scan, or finds what an earlier one left open; the scan is then under way until `end`. Writing the intent of a scan
     * that may claim has started. A scan that asks nobody needs no intent and is stored with its decision. `replaces`: the entry of
     * the guest, if they come back.
     */
    async begin(scan: Scan, ticket: TicketIdentity, options: BeginOptions): Promise<Beginning> {
      // An entry committed by another scan after this check is caught by the primary key when this one is admitted.
      if (await hasTraces(store, ticket)) return beginBeside(scan, ticket, options);
      underWay.add(scan.recordId);
      const durable = options.mayClaim
        ? keep([store.db.insertInto('scan').values(scanRow(scan, ticket)).compile()])
        : DURABLE;
      // The continuing scan gets the rejection.
      durable.catch(() => {});
      return { kind: 'intent', scan, continued: false, undone: NONE_UNDONE, durable };
    },

    /** Stores a refused scan, started or not, and queues the release of its claim in the same commit if asked to. */
    async refuse(
      scan: Scan,
      ticket: TicketIdentity | null,
      { would, ...refusal }: Refusal,
      { release }: { release: boolean },
    ): Promise<void> {
      const { verdict, decidedAt } = refusal;
      const isKept = would !== undefined && isOverridable(verdict);
      const claim = release && ticket !== null ? { ...ticket, recordId: scan.recordId } : null;
      await keep([
        deciding(store.db, scan, ticket, refusal).compile(),
        ...(isKept ? [keepingRefusal(store.db, would.record, would.first).compile()] : []),
        ...(claim ? [queueingRelease(store.db, claim, decidedAt).compile()] : []),
      ]);
    },

    /**
     * Writes entry, decision and check record with its outbox row in one commit, and the opened mark if staff let the guest in by
     * the answer; or returns the entry that another scan made first. The entry that it replaces is then not undone, nor while another
     * admission of the ticket counts; `undone`: somebody undid it meanwhile, so nothing is written.
     */
    async admit(
      admission: Admission,
    ): Promise<{ kind: 'admitted' | 'undone' } | { kind: 'entered'; first: FirstEntry }> {
      const { replaces } = admission;
      try {
        if (replaces !== undefined) return await replacing(replaces, admission);
        await keep(admitting(admission));
        return { kind: 'admitted' };
      } catch (error) {
        const first = isViolation(error) ? await refuseForEntry(admission) : null;
        if (first === null) throw error;
        return { kind: 'entered', first };
      }
    },

    /** Marks that the gate opened. Rejects if that cannot be written, but this process remembers it anyway. */
    async markOpened(recordId: RecordId, openedAt: WallClock): Promise<void> {
      openedUnwritten.add(recordId);
      await keep([store.db.updateTable('scan').set({ openedAt }).where('recordId', '=', recordId).compile()]);
      openedUnwritten.delete(recordId);
    },

    /** Holds the gate while it opens for an admission: no other scan opens it for that admission until the hold is released. */
    holdGate(recordId: RecordId) {
      opening.add(recordId);
      return () => void opening.delete(recordId);
    },

    /** Ends a scan in this process: another scan may continue what it left open. */
    end: (recordId: RecordId) => void underWay.delete(recordId),

    /** Refuses a scan of a gate that a crash cut off, if it is one, so that its claim can be released for another. Reading C8. */
    async giveUp(
      recordId: RecordId,
      { gate, ...ticket }: TicketIdentity & Pick<Scan, 'gate'>,
      at: WallClock,
    ): Promise<void> {
      const isOpen = async (db: Db) => (await openIntents(db, gate, ticket)).some((scan) => scan.recordId === recordId);
      if (!(await isOpen(store.db))) return;
      await store.transaction(async (trx) => {
        if (!underWay.has(recordId) && (await isOpen(trx))) await supersede(trx, { ...ticket, recordId }, at);
      }, URGENT);
    },

    /**
     * Refuses open scans whose ticket another scan admitted meanwhile, and queues the release of their claims; returns how many.
     * Nothing can continue them, and at the upstream their claims would look like entries that nobody made. Waits until the
     * upstream has the record of the entry: until then such a claim still keeps other terminals out.
     */
    async refuseSuperseded(decidedAt: WallClock): Promise<number> {
      const superseded = (db: Db) => supersededIntents(db).limit(MAX_SUPERSEDED + underWay.size);
      if ((await superseded(store.db).execute()).length === 0) return 0;
      return store.transaction(async (trx) => {
        const left = (await superseded(trx).execute()) as ClaimIdentity[];
        const refused = left.filter(({ recordId }) => !underWay.has(recordId));
        for (const claim of refused) await supersede(trx, claim, decidedAt);
        return refused.length;
      });
    },
  };
}

/** Refuses an open scan that another one replaced, and queues the release of its claim. */
async function supersede(trx: Db, claim: ClaimIdentity, decidedAt: WallClock): Promise<void> {
  await trx
    .updateTable('scan')
    .set({ verdict: 'ALREADY_ENTERED', detail: 'replaced by another scan of the ticket', decidedAt })
    .where('recordId', '=', claim.recordId)
    .execute();
  await queueingRelease(trx, claim, decidedAt).execute();
}

/**
 * Selects open intents, with their tickets, whose ticket another scan admitted and whose record is delivered. Ordered like the
 * index of open intents: to order only by RecordId, SQLite would read every scan in the store.
 */
export function supersededIntents(db: Db) {
  return db
    .selectFrom('scan')
    .innerJoin('entry', (join) =>
      join.on(haveSameTicket('entry', 'scan')).onRef('entry.recordId', '!=', 'scan.recordId'),
    )
    .select(['scan.recordId', 'entry.startTime', 'entry.cinemaCode', 'entry.filmTicketCode'])
    .where('scan.verdict', 'is', null)
    .where(({ not, exists, selectFrom }) =>
      not(exists(selectFrom('outbox').select('recordId').whereRef('outbox.recordId', '=', 'entry.recordId'))),
    )
    .orderBy('scan.startTime')
    .orderBy('scan.recordId');
}

function admitted({ answer, decided, opensByAnswer }: Admission): Decision {
  const { confirmed, refundStateKnown, silence } = answer;
  return {
    verdict: 'ADMIT',
    confirmed: confirmed ? 1 : 0,
    refundStateKnown: refundStateKnown ? 1 : 0,
    upstreamSilent: silence ? 1 : 0,
    lastContactSeconds: silence?.lastContactSeconds ?? null,
    changesKnownAt: silence?.changesKnownAt ?? null,
    decidedAt: decided.at,
    ...(opensByAnswer && { openedAt: decided.at }),
  };
}
