import { operation, textOf } from '@ticket-check/admin';
import { parseRecordId } from '@ticket-check/protocol';
import { type Store, withTables } from '@ticket-check/storage';
import { z } from 'zod';
import type { PassOutTables } from '../journal/pass-out-tables.ts';
import { entryJson, standingEntries, type UndoTables } from '../undo/undo-entry.ts';
import { entryOfScan, keepPassOut, makePassOutCode } from './pass-outs.ts';

/** Gives a guest who steps out a pass-out, by any scan of the ticket at this terminal. Reading R11. */
export const stepOut = operation({
  name: 'entries step-out',
  title: { zh: '出具离场凭证', en: 'Give a pass-out' },
  permission: 'tickets.check',
  input: z.strictObject({ RecordId: textOf(parseRecordId) }),
  async cinemasOf({ RecordId }, store) {
    const recordId = await entryOfScan(store.db, RecordId);
    const [found] = recordId === null ? [] : await standingEntries(store.db, { recordId, cinemaCodes: 'all' });
    return found === undefined ? null : [found.cinemaCode];
  },
  async prepare() {
    const { qrSymbol } = await import('@ticket-check/admin/qr-symbol');
    const code = makePassOutCode();
    return { code, symbol: qrSymbol(code) };
  },
  async change(store: Store<PassOutTables & UndoTables>, { RecordId }, { at, prepared: { code, symbol } }) {
    const recordId = await entryOfScan(withTables(store.db), RecordId);
    const [entry] =
      recordId === null ? [] : await standingEntries(withTables(store.db), { recordId, cinemaCodes: 'all' });
    if (entry === undefined) return null;
    await keepPassOut(withTables(store.db), { recordId: entry.recordId, code, madeAt: at });
    return { entry, symbol };
  },
  outcome: ({ entry }) => ({ after: entryJson(entry) }),
  answer: ({ symbol: { size, path } }) => ({ Symbol: { Size: size, Path: path } }),
  gone: {
    status: 410,
    zh: '这张票在本终端没有入场记录，请到观众入场的检票口办理。',
    en: 'The ticket has no entry at this terminal: ask where the guest went in.',
  },
});
