import { operation, textOf } from '@ticket-check/admin';
import { makeReadableSecret } from '@ticket-check/operators';
import { parseRecordId } from '@ticket-check/protocol';
import { z } from 'zod';
import { keepPassOut } from '../journal/pass-outs.ts';
import type { TerminalStore } from '../tables.ts';

/** Gives a guest who steps out a pass-out, by any scan of the ticket at this terminal. Reading R11. */
export const stepOut = operation({
  name: 'entries step-out',
  title: { zh: '出具离场凭证', en: 'Give a pass-out' },
  permission: 'tickets.check',
  input: z.strictObject({ RecordId: textOf(parseRecordId) }),
  // Phones are scanners only to staff of all cinemas here.
  cinemasOf: () => 'own',
  async prepare() {
    const { qrSymbol } = await import('@ticket-check/admin/qr-symbol');
    const code = `passout-${makeReadableSecret(4)}`;
    return { code, symbol: qrSymbol(code) };
  },
  async change(store: TerminalStore, { RecordId: recordId }, { at, prepared: { code } }) {
    return keepPassOut(store.db, { recordId, code, at });
  },
  outcome: ({ recordId, cinemaCode, filmTicketCode, checkTime }) => ({
    after: {
      RecordId: recordId,
      CinemaCode: cinemaCode,
      FilmTicketCode: filmTicketCode,
      CheckTime: checkTime,
    },
  }),
  answer: (_, { prepared: { symbol } }) => ({ Size: symbol.size, Path: symbol.path }),
  gone: {
    status: 410,
    zh: '这张票在本终端没有入场记录、有多次入场，或已多次离场返回：请到观众入场的检票口办理，或叫值班经理。',
    en: 'The ticket has no entry at this terminal, or several, or its guest came back too often: ask where the guest went in, or call the supervisor.',
  },
});
