import type { CheckRecordTables, RecordStore } from '@ticket-check/check-records';
import type { CheckRecord, ClaimIdentity, RecordId, TicketIdentity, Verdict, WallClock } from '@ticket-check/protocol';
import { isViolation, type Store } from '@ticket-check/storage';
import type { CompiledQuery, Kysely } from 'kysely';
import { isOverridable } from '../admission/override-rule.ts';
import type { FirstEntry, UndoneEntries } from '../admission/rules.ts';
import { insertingRecord } from '../check-records/insert-record.ts';
import { queueingRelease } from '../claims/claim-releases.ts';
import type { ClaimTables } from '../claims/claim-tables.ts';
import { entryOf, hasTraces, openIntent, openIntents, undoneEntries } from '../journal/earlier-scan.ts';
import type { OverrideTables } from '../journal/override-tables.ts';
import { isOverride, keepingRefusal } from '../journal/refusals.ts';
import { entryAt, type FirstAnswer, type Scan, type Silence } from '../journal/scan.ts';
import type { ScanTables } from '../journal/scan-tables.ts';
import { type Decision, deciding, entering, scanRow } from '../journal/write-scan.ts';
import { queueingRecheck } from '../recheck/recheck-queue.ts';
import type { RecheckTables } from '../recheck/recheck-tables.ts';

/** A guest waits: what is read to be sent, and what was sent, let it pass. */
const URGENT = { urgent: true };

type Tables = ScanTables & OverrideTables & ClaimTables & RecheckTables & CheckRecordTables;

/** What the store knew of a ticket when a scan of it began. Reading C8. */
export type Beginning =
  /**
   * The scan may go on; as an earlier one of the same gate, `scan`, where that was left open. Nothing may be claimed for it
   * before `durable` has resolved; where that rejects, the scan is not to go on. `undone`: the entries of the ticket that were.
   */
  | { kind: 'intent'; scan: Scan; continued: boolean; undone: UndoneEntries; durable: Promise<void> }
  /** Admitted at this gate before, and the gate is not known to have opened: it may open now. */
  | { kind: 'unopened'; scan: Scan; answer: FirstAnswer }
  | { kind: 'entered'; first: FirstEntry };

/** Why a scan was refused; `detail` where the verdict alone does not say enough for whoever reads the scans later. */
type Refused = {
  verdict: Verdict;
  detail?: string;
  decidedAt: WallClock;
  /** Of one that was decided while the upstream was silent. */
  changesKnownAt?: WallClock | null;
  /** What a genuine ticket would have made, and where it went in before: a supervisor may let it in all the same. Reading R10. */
  would?: { record: CheckRecord; first: FirstEntry | null };
};

type Admission = {
  scan: Scan;
  record: CheckRecord;
  confirmed: boolean;
  refundStateKnown: boolean;
  /** How long ago the upstream was last heard, where it was silent; `null` where it answered. */
  silence: Silence | null;
  /** The upstream could not say all it knows of the ticket: it is asked once more, later. Reading C3. */
  askLater: boolean;
  /** The upstream may hold a claim for the scan, to be given back where another one was first. Reading C8. */
  mayBeClaimed: boolean;
  decidedAt: WallClock;
  /** The same in epoch milliseconds. */
  decidedAtMs: number;
  /** Whether the answer lets the guest in, no gate: what is decided is then opened, in the same commit. */
  opensByAnswer: boolean;
};

export type ScanStore = {
  /** Keeps a scan that is refused without having begun. */
  keepRefused(scan: Scan, ticket: TicketIdentity | null, refusal: Refused): Promise<void>;
  /**
   * Begins a scan, or finds what an earlier one left; it is then under way, until `end`. The intent of a scan that may claim
   * is on its way to the disk. One that asks nobody leaves nothing that a crash could cut off: it is kept with its decision.
   */
  begin(scan: Scan, ticket: TicketIdentity, options: { mayClaim: boolean }): Promise<Beginning>;
  /**
   * Lets a scan go on as another one whose intent was left open at the same gate, which is then under way as well;
   * `null` where there is none such. Reading C8.
   */
  goOnAs(other: RecordId, scan: Scan, decidedAt: WallClock): Promise<Scan | null>;
  /** Refuses a scan that has begun, and queues in the same commit what the upstream may have to forget: its claim. */
  refuse(scan: Scan, ticket: TicketIdentity, refusal: Refused, options: { release: boolean }): Promise<void>;
  /**
   * Entry, decision and check record with its outbox row in one commit, and the mark that the gate opened where it opens by the
   * answer; or the entry that another scan made first.
   */
  admit(admission: Admission): Promise<{ kind: 'admitted' } | { kind: 'entered'; first: FirstEntry }>;
  /** Marks that the gate opened; for this process also where that cannot be written, which rejects. */
  markOpened(recordId: RecordId, openedAt: WallClock): Promise<void>;
  /** The gate is being opened for an admission: no scan opens it for that one too, until the hold is released. */
  holdGate(recordId: RecordId): () => void;
  /** The scan is no longer under way in this process: what it left open may be continued by another. */
  end(recordId: RecordId): void;
  /**
   * Refuses what scans left open whose ticket went in by another one meanwhile, and queues the release of what each may
   * have claimed; answers how many. Nothing can continue them, and their claims would stand at the upstream as entries
   * that nobody made. Not before the upstream has the record of the entry: until then such a claim keeps others out.
   */
  refuseSuperseded(decidedAt: WallClock): Promise<number>;
};

/** What the transaction that began the scan has written, and what is kept with its decision. */
const DURABLE = Promise.resolve();

const NONE_UNDONE: UndoneEntries = new Set();

/** Rows per transaction: a few milliseconds of work. */
const MAX_SUPERSEDED = 100;

/** The scans of a terminal and the entries they made. Scheme 5.1.1, 5.3.1.2; readings C2, C8, S2. */
export function createScanStore(store: Store<Tables>, records: RecordStore): ScanStore {
  // A scan that this process is still working on must not be continued by a second one. A crash empties the set, and
  // that is what makes the intents it left continuable.
  const underWay = new Set<RecordId>();
  const openedUnwritten = new Set<RecordId>();
  const gateHolds = new Map<RecordId, number>();
  const isTaken = (recordId: RecordId) => underWay.has(recordId) || gateHolds.has(recordId);

  const keep = (statements: readonly CompiledQuery[]) => store.batch(statements, URGENT);

  /**
   * Runs a transaction that takes a scan up. It is under way before the commit, so that the next transaction sees it
   * taken; where the commit fails, it is not.
   */
  async function takingUp<T>(
    run: (trx: Kysely<Tables>, takeUp: (recordId: RecordId) => void) => Promise<T>,
  ): Promise<T> {
    const taken: RecordId[] = [];
    try {
      return await store.transaction(
        (trx) =>
          run(trx, (recordId) => {
            underWay.add(recordId);
            taken.push(recordId);
          }),
        URGENT,
      );
    } catch (error) {
      for (const recordId of taken) underWay.delete(recordId);
      throw error;
    }
  }

  /** For a ticket that the store holds something of. */
  async function beginBeside(
    trx: Kysely<Tables>,
    takeUp: (recordId: RecordId) => void,
    { scan, ticket, mayClaim }: { scan: Scan; ticket: TicketIdentity; mayClaim: boolean },
  ): Promise<Beginning> {
    const entry = await entryOf(trx, ticket);
    if (entry !== null) {
      const { scan: earlier, decision } = entry;
      const opened = decision?.opened === true || openedUnwritten.has(earlier.recordId);
      if (opened || isTaken(earlier.recordId) || earlier.gate !== scan.gate || (await isOverride(trx, earlier)))
        return { kind: 'entered', first: entryAt(entry.scan) };
      const { opened: _, ...answer } = decision ?? { opened, confirmed: false };
      takeUp(earlier.recordId);
      return { kind: 'unopened', scan: earlier, answer };
    }
    const left = (await openIntents(trx, ticket, scan.gate)).find(({ scan: { recordId } }) => !underWay.has(recordId));
    if (left === undefined && mayClaim) await trx.insertInto('scan').values(scanRow(scan, ticket)).execute();
    const begun = left?.scan ?? scan;
    takeUp(begun.recordId);
    const undone = await undoneEntries(trx, ticket);
    return { kind: 'intent', scan: begun, continued: left !== undefined, undone, durable: DURABLE };
  }

  const keepingWould = ({ verdict, would }: Pick<Refused, 'verdict'> & { would: Refused['would'] | undefined }) =>
    would !== undefined && isOverridable(verdict)
      ? [keepingRefusal(store.db, would.record, would.first).compile()]
      : [];

  /** What an admission writes; it violates a key where the ticket has an entry. */
  function admitting(admission: Admission): CompiledQuery[] {
    const { scan, record, askLater, decidedAt, decidedAtMs } = admission;
    return [
      entering(store.db, record).compile(),
      deciding(store.db, scan, record, admitted(admission)).compile(),
      ...(askLater ? [queueingRecheck(store.db, scan.recordId, decidedAt).compile()] : []),
      ...insertingRecord(records, record, {
        gate: scan.gate,
        offline: admission.silence !== null,
        decidedAtMs,
      }),
    ];
  }

  /** The scan that was to be admitted is refused by the entry that another one made. */
  const refuseForEntry = ({ scan, record, mayBeClaimed, decidedAt }: Admission) =>
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
    async begin(scan, ticket, { mayClaim }) {
      // What is committed after this look meets the keys of the tables: an entry by another scan is found when this one is
      // to be admitted.
      if (await hasTraces(store, ticket))
        return takingUp((trx, takeUp) => beginBeside(trx, takeUp, { scan, ticket, mayClaim }));
      underWay.add(scan.recordId);
      const durable = mayClaim ? keep([store.db.insertInto('scan').values(scanRow(scan, ticket)).compile()]) : DURABLE;
      // Whoever goes on with the scan is told.
      durable.catch(() => {});
      return { kind: 'intent', scan, continued: false, undone: NONE_UNDONE, durable };
    },

    goOnAs: (other, scan, decidedAt) =>
      takingUp(async (trx, takeUp) => {
        if (underWay.has(other)) return null;
        const left = await openIntent(trx, { recordId: other, gate: scan.gate });
        if (left === null) return null;
        await trx
          .updateTable('scan')
          .set({ verdict: 'ALREADY_ENTERED', detail: `continued as ${other}`, decidedAt })
          .where('recordId', '=', scan.recordId)
          .execute();
        takeUp(other);
        return left.scan;
      }),

    async keepRefused(scan, ticket, { would, ...refusal }) {
      const row = { ...scanRow(scan, ticket), ...refusal };
      await keep([store.db.insertInto('scan').values(row).compile(), ...keepingWould({ would, ...refusal })]);
    },

    async refuse(scan, ticket, { would, ...refusal }, { release }) {
      const { decidedAt } = refusal;
      await keep([
        deciding(store.db, scan, ticket, refusal).compile(),
        ...keepingWould({ would, ...refusal }),
        ...(release ? [queueingRelease(store.db, { ...ticket, recordId: scan.recordId }, decidedAt).compile()] : []),
      ]);
    },

    async admit(admission) {
      try {
        await keep(admitting(admission));
        return { kind: 'admitted' };
      } catch (error) {
        const first = isViolation(error) ? await refuseForEntry(admission) : null;
        if (first === null) throw error;
        return { kind: 'entered', first };
      }
    },

    async markOpened(recordId, openedAt) {
      openedUnwritten.add(recordId);
      await keep([store.db.updateTable('scan').set({ openedAt }).where('recordId', '=', recordId).compile()]);
      openedUnwritten.delete(recordId);
    },

    holdGate(recordId) {
      gateHolds.set(recordId, (gateHolds.get(recordId) ?? 0) + 1);
      return () => {
        const others = (gateHolds.get(recordId) ?? 0) - 1;
        if (others > 0) gateHolds.set(recordId, others);
        else gateHolds.delete(recordId);
      };
    },

    end: (recordId) => {
      underWay.delete(recordId);
    },

    async refuseSuperseded(decidedAt) {
      const superseded = (db: Kysely<Tables>) => supersededIntents(db).limit(MAX_SUPERSEDED + underWay.size);
      if ((await superseded(store.db).execute()).length === 0) return 0;
      return store.transaction(async (trx) => {
        const left = (await superseded(trx).execute()) as ClaimIdentity[];
        const refused = left.filter(({ recordId }) => !underWay.has(recordId));
        for (const claim of refused) {
          await trx
            .updateTable('scan')
            .set({ verdict: 'ALREADY_ENTERED', detail: 'another scan of the ticket was admitted', decidedAt })
            .where('recordId', '=', claim.recordId)
            .execute();
          await queueingRelease(trx, claim, decidedAt).execute();
        }
        return refused.length;
      });
    },
  };
}

/**
 * Intents of tickets that went in by another scan, whose record was delivered; with the ticket of each. In the order of the index
 * of open intents: to put them in order by RecordId alone, SQLite would go through every scan that there ever was.
 */
export function supersededIntents(db: Kysely<Tables>) {
  return db
    .selectFrom('scan')
    .innerJoin('entry', (join) =>
      join
        .onRef('entry.startTime', '=', 'scan.startTime')
        .onRef('entry.cinemaCode', '=', 'scan.cinemaCode')
        .onRef('entry.filmTicketCode', '=', 'scan.filmTicketCode')
        .onRef('entry.recordId', '!=', 'scan.recordId'),
    )
    .select(['scan.recordId', 'entry.startTime', 'entry.cinemaCode', 'entry.filmTicketCode'])
    .where('scan.verdict', 'is', null)
    .where(({ not, exists, selectFrom }) =>
      not(exists(selectFrom('outbox').select('recordId').whereRef('outbox.recordId', '=', 'entry.recordId'))),
    )
    .orderBy('scan.startTime')
    .orderBy('scan.recordId');
}

function admitted({ confirmed, refundStateKnown, silence, decidedAt, opensByAnswer }: Admission): Decision {
  return {
    verdict: 'ADMIT',
    confirmed: confirmed ? 1 : 0,
    refundStateKnown: refundStateKnown ? 1 : 0,
    upstreamSilent: silence ? 1 : 0,
    lastContactSeconds: silence?.lastContactSeconds ?? null,
    changesKnownAt: silence?.changesKnownAt ?? null,
    decidedAt,
    ...(opensByAnswer && { openedAt: decidedAt }),
  };
}
