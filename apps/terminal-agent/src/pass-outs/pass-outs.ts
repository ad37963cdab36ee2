import { haveSameTicket } from '@ticket-check/check-records';
import { hashOfToken, makeReadableSecret } from '@ticket-check/operators';
import type { RecordId, ScreenCode, WallClock } from '@ticket-check/protocol';
import type { Store } from '@ticket-check/storage';
import type { Kysely } from 'kysely';
import { type AdmissionWindow, judgeTicket } from '../admission/rules.ts';
import type { TerminalClock } from '../clock/terminal-clock.ts';
import type { Gate } from '../gate/gate.ts';
import type { PassOutTables } from '../journal/pass-out-tables.ts';
import { type ShownETicket, shownETicket } from '../journal/scan.ts';
import { type UndoTables, undoEntry } from '../undo/undo-entry.ts';

/** 100 random bits, in letters that Caps Lock does not change. */
const CODE = /passout(?:-[a-z2-9]{5}){4}/i;

export const makePassOutCode = (): string => `passout-${makeReadableSecret(4)}`;

/** Gives an entry a pass-out, in an open transaction; one that it had does not count any more. */
export async function keepPassOut(
  db: Kysely<PassOutTables>,
  { recordId, code, madeAt }: { recordId: string; code: string; madeAt: WallClock },
): Promise<void> {
  const given = { codeHash: hashOfToken(code), madeAt };
  await db
    .insertInto('passOut')
    .values({ recordId, ...given })
    .onConflict((conflict) => conflict.column('recordId').doUpdateSet(given))
    .execute();
}

/** The ticket of a pass-out, to be checked as it was shown the first time; `unknown`: it is none of this terminal. */
export type ShownPassOut = { readonly code: string; readonly eTicket: ShownETicket | null } | 'unknown';

/**
 * Takes pass-outs that are scanned. An entry counts until its guest is back: then it is undone, and the ticket is checked again. So
 * nobody else gets in with the ticket meanwhile, and of pass-outs shown twice one admits at most. Scheme 5.2.1; reading R11.
 */
export function createPassOuts(parts: {
  store: Store<PassOutTables & UndoTables>;
  /** Whether guests may step out. */
  isOn: boolean;
  clock: Pick<TerminalClock, 'read'>;
  window: AdmissionWindow;
  newRecordId: () => RecordId;
  /** Called once an entry was undone. */
  undone: () => void;
}) {
  const { store, isOn, clock, window, newRecordId, undone } = parts;

  return {
    /** The ticket in a scanned text, whose entry may be made again; null if it is no pass-out. */
    async take(text: string, { screens }: Pick<Gate, 'screens'>): Promise<ShownPassOut | null> {
      const code = CODE.exec(text)?.[0].toLowerCase();
      if (code === undefined) return null;
      const ticket = isOn ? await ticketOf(store.db, code) : null;
      if (ticket === null) return 'unknown';
      const { at, stoodBack } = clock.read();
      // What would not be admitted keeps its entry.
      if (judgeTicket(ticket, { now: at, clockTrusted: !stoodBack, window, screens }) === null) {
        const by = { recordId: newRecordId(), at, cinemaCodes: 'all' } as const;
        const entry = await store.transaction((db) => undoEntry({ db, store }, ticket.recordId, by));
        if (entry !== null) undone();
      }
      return { code: ticket.ticketInfoCode, eTicket: shownETicket(ticket) };
    },
  };
}

/** The ticket of a pass-out's entry, undone or not. */
async function ticketOf(db: Kysely<PassOutTables & UndoTables>, code: string) {
  const row = await db
    .selectFrom('passOut')
    .innerJoin('checkRecord', 'checkRecord.recordId', 'passOut.recordId')
    .innerJoin('scan', 'scan.recordId', 'passOut.recordId')
    .select(['checkRecord.recordId', 'ticketInfoCode', 'checkRecord.startTime', 'screenCode'])
    .select(['eTicketTime', 'eTicketAgeSeconds'])
    .where('codeHash', '=', hashOfToken(code))
    .executeTakeFirst();
  // Rows are written only from records, so their values are valid.
  return (row ?? null) as (NonNullable<typeof row> & { startTime: WallClock; screenCode: ScreenCode }) | null;
}

/** The entry, at this terminal, of the ticket that was scanned; null if it has none. */
export async function entryOfScan(db: Kysely<UndoTables>, recordId: string): Promise<string | null> {
  const row = await db
    .selectFrom('scan')
    .innerJoin('entry', (join) => join.on(haveSameTicket('entry', 'scan')))
    .select('entry.recordId')
    .where('scan.recordId', '=', recordId)
    .executeTakeFirst();
  return row?.recordId ?? null;
}
