import { list, type PageSet, type Reading, says, serveList } from '@ticket-check/admin';
import { type CinemaCode, type CinemaKey, readTicketInHand, ticketOfCode } from '@ticket-check/protocol';
import { z } from 'zod';
import { scanRow, selectScansOf } from '../journal/list-scans.ts';
import { SCAN_ROW } from '../journal/rows.ts';
import { refusalRows } from '../override/declared-refusals.ts';
import type { AdmitAnyway } from '../override/override-refusal.ts';
import type { LookAtTicket } from '../scan/look-at-ticket.ts';
import type { TerminalStore } from '../tables.ts';

type LookupSource = {
  readonly store: TerminalStore;
  readonly keysOf: (cinemaCode: CinemaCode) => Promise<readonly CinemaKey[]>;
  readonly admitAnyway: Pick<AdmitAnyway, 'reading' | 'find'>;
  readonly lookAtTicket: LookAtTicket;
};

/** The scans of the ticket that somebody has in hand, latest first, and what a scan of its code would be answered now. */
const lookup = list({
  name: 'lookup',
  rowsName: 'Scans',
  title: { zh: '查票', en: 'Look up a ticket' },
  permission: 'records.read',
  filters: {
    ticket: z
      .string()
      .optional()
      .meta(says('票码、电子票、电影票编码或记录编号', 'a code, an e-ticket, a ticket number or a RecordId')),
  },
  row: SCAN_ROW,
  place: z.never(),
  rowsAPage: 50,
  async find(source: LookupSource, { filters: { ticket: text }, cinemas, limit }) {
    const asked = text === undefined ? null : await ticketIn(text, source);
    if (text === undefined || asked === null) return { rows: [], next: null, besides: { Read: false } };
    const { store, admitAnyway } = source;
    const found = await selectScansOf(store, asked, cinemas, limit).execute();
    const refusals = await Promise.all(
      found.map(({ recordId, first, verdict }) =>
        first === null && verdict === 'ADMIT' ? 'unknown' : admitAnyway.find(recordId),
      ),
    );
    const toOverride = refusals.filter((refusal) => typeof refusal !== 'string');
    const shown = new Map(
      (await refusalRows(store, toOverride, admitAnyway.reading())).map((row) => [row.RecordId, row]),
    );
    const rows = found.map((scan) => ({ ...scanRow(scan), Refusal: shown.get(scan.recordId) }));
    const isSeen = 'cinemaCode' in asked && (cinemas === 'all' || cinemas.some((code) => code === asked.cinemaCode));
    return { rows, next: null, besides: { Read: true, Look: isSeen ? await source.lookAtTicket(text, 'any') : null } };
  },
});

/** What identifies a ticket; null if the text names none that this terminal can know. */
async function ticketIn(text: string, { keysOf, admitAnyway }: LookupSource) {
  const inHand = readTicketInHand(text);
  switch (inHand?.kind) {
    case 'code':
      return ticketOfCode(inHand.code, await keysOf(inHand.cinemaCode), admitAnyway.reading().at);
    case 'record':
      return { recordId: inHand.recordId };
    case 'number':
      return { filmTicketCode: inHand.filmTicketCode };
    default:
      return null;
  }
}

/** The screen to look up a ticket, for staff at the door. Each look may ask the platform, as scans do: a person has a few at a time. */
export function lookupScreen(source: LookupSource, reading: Reading): PageSet {
  return {
    name: 'lookup',
    screens: [{ path: '/lookup', permission: lookup.permission, label: lookup.title }],
    json: serveList(lookup, source, reading).json,
  };
}
