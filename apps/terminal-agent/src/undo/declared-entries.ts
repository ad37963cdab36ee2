import {
  asked,
  list,
  operation,
  operationCommand,
  type PageSet,
  type Reading,
  serveList,
  serveOperation,
  textOf,
} from '@ticket-check/admin';
import type { CommandStore, Operator } from '@ticket-check/operators';
import { elementsJson, parseRecordId, type RecordId } from '@ticket-check/protocol';
import type { Clock, Service } from '@ticket-check/runtime';
import { pageOf } from '@ticket-check/storage';
import type { Command } from 'commander';
import { uuidv7 } from 'uuidv7';
import { z } from 'zod';
import { ticketJson, withKnownNames } from '../check-records/known-names.ts';
import { ENTRY_ROW, type EntryRow } from '../check-records/ticket-row.ts';
import type { TerminalStore, TerminalTables } from '../tables.ts';
import { entryJson, type StandingEntry, standingEntries, standingEntry, undoEntry } from './undo-entry.ts';

const entryRows = async ({ reports }: TerminalStore, entries: readonly StandingEntry[]): Promise<EntryRow[]> =>
  (await withKnownNames(reports, entries)).map((entry) => ({
    ...ticketJson(entry),
    ...elementsJson(entry, 'CheckTime', 'Gate'),
  }));

/** The admissions of this terminal that were not undone, latest first. Reading R9. */
const entries = list({
  name: 'entries',
  rowsName: 'Entries',
  title: { zh: '最近入场', en: 'Last entries' },
  permission: 'entries.undo',
  filters: {},
  row: ENTRY_ROW,
  place: z.tuple([z.string(), z.string()]).readonly(),
  rowsAPage: 50,
  everyMs: 2_000,
  async find(store: TerminalStore, { cinemas, after, limit }) {
    const found = await standingEntries(store.reports, { most: limit + 1, after, cinemas });
    const { page, next } = pageOf(found, limit, ({ checkTime, recordId }) => [checkTime, recordId] as const);
    return { rows: await entryRows(store, page), next };
  },
});

const MISSED = 50;

/** Those of them whose guest the sensor of the gate did not see. */
export const missedEntries =
  (store: TerminalStore) =>
  async (cinemas: Operator['cinemaCodes']): Promise<EntryRow[]> =>
    entryRows(store, await standingEntries(store.reports, { most: MISSED, after: null, cinemas, unpassed: true }));

/** Undoes an admission whose guest did not go in: a supervisor any, an usher one whose guest the sensor did not see. */
const undoAdmission = operation({
  name: 'entries undo',
  title: { zh: '撤销入场', en: 'Undo an entry' },
  says: 'undo an admission whose guest did not go in',
  permission: 'entries.undo-unpassed',
  takes: ({ Unpassed }) => (Unpassed ? 'entries.undo-unpassed' : 'entries.undo'),
  input: z.strictObject({
    RecordId: asked(textOf(parseRecordId), {
      option: ['<record-id>', 'RecordId of the admission (see `records list`)'],
    }),
    Unpassed: asked(z.boolean().optional(), {
      option: ['--unpassed', 'only if the gate sensor saw nobody; allowed for ushers'],
    }),
  }),
  destroys: ({ RecordId }) => RecordId,
  needsReason: true,
  needsPassword: true,
  async cinemasOf({ RecordId }, store) {
    const found = await standingEntry(store.db, RecordId);
    return found && [found.cinemaCode];
  },
  async preview(store, { RecordId, Unpassed: unpassed }) {
    const found = await standingEntry(store.db, RecordId, { unpassed });
    if (found === null) return null;
    const { filmTicketCode: ticket, cinemaCode, gate, checkTime } = found;
    return {
      zh: `将撤销 1 次入场：影院 ${cinemaCode} 的影票 ${ticket}，${checkTime.replace('T', ' ')} 于 ${gate}。此票可以再次使用，撤销会报给上级平台。`,
      en: `1 admission will be undone: the ticket ${ticket} of the cinema ${cinemaCode}, at ${gate} at ${checkTime}. The ticket may be used again, and the undo is reported to the platform above.`,
    };
  },
  what: ({ RecordId: recordId, Unpassed }) => ({ recordId, ...(Unpassed && { unpassed: true }) }),
  change: (store: TerminalStore, { RecordId: undone, Unpassed: unpassed }, { at }) =>
    undoEntry({ db: store.db, store }, undone, { recordId: uuidv7() as RecordId, at, unpassed }),
  outcome: (undone) => ({ before: entryJson(undone) }),
  gone: {
    status: 410,
    zh: '没有这次入场：它已被撤销，观众随后已通过闸机，或不是本终端放行的。',
    en: 'There is no such admission: it was already undone (`records undone`), the guest went through after all, or another terminal made it. `records list` prints the records of this one.',
  },
});

/** The last entries at this terminal, which may be undone. Reading R9. */
export function entriesScreen(
  { now, logger }: Pick<Service, 'now' | 'logger'>,
  { store, wake, reading }: { store: TerminalStore; wake: () => void; reading: Reading },
): PageSet {
  return {
    name: 'entries',
    screens: [{ path: '/entries', permission: entries.permission, label: entries.title }],
    ...serveList(entries, store, reading),
    actions: serveOperation(undoAdmission, {
      ...{ store, now },
      done({ recordId }, { actor, reason }) {
        logger.warn({ reason, recordId, operator: actor }, 'undid an entry');
        wake();
      },
    }),
  };
}

export function undoCommand(group: Command, { store, now }: { store: CommandStore<TerminalTables>; now: Clock }): void {
  operationCommand(group, undoAdmission, {
    store,
    now,
    saysFirst: true,
    done: entryJson,
    notice: 'Undone: the ticket may be used again.',
  });
}
