import * as z from 'zod';
import { parseWholeNumber } from './elements.ts';
import { rawRecords } from './raw-list.ts';
import { cinemaRow, filmRow, publicKeyRow, refundRow, screenRow, ticketRow } from './rows.ts';

// The list's length is judged before its rows are read.
const rowsOf = <Row>(row: z.ZodType<Row>) => rawRecords.pipe(z.array(row));

/** Reads QueryData of ImportCinemas as `{ rows }`, at most 1000; so do the others. */
export const importCinemasQuery = z
  .object({ Cinemas: rowsOf(cinemaRow) })
  .transform((query) => ({ rows: query.Cinemas }));
export const importScreensQuery = z
  .object({ Screens: rowsOf(screenRow) })
  .transform((query) => ({ rows: query.Screens }));
export const importFilmsQuery = z.object({ Films: rowsOf(filmRow) }).transform((query) => ({ rows: query.Films }));
export const importPublicKeysQuery = z
  .object({ PublicKeys: rowsOf(publicKeyRow) })
  .transform((query) => ({ rows: query.PublicKeys }));
export const importTicketsQuery = z
  .object({ Tickets: rowsOf(ticketRow) })
  .transform((query) => ({ rows: query.Tickets }));
export const importRefundsQuery = z
  .object({ Refunds: rowsOf(refundRow) })
  .transform((query) => ({ rows: query.Refunds }));

/** What an import did: rows that changed something, and rows that were known already. */
export type IntakeReply = { readonly imported: number; readonly unchanged: number };

/** Writes ReplyData of an import. */
export const intakeReplyJson = ({ imported, unchanged }: IntakeReply) => ({ Imported: imported, Unchanged: unchanged });

/** Reads ReplyData of an import. Throws WRONG_TYPE where it does not hold the two counts. */
export const readIntakeReply = (replyData: Record<string, unknown>): IntakeReply => ({
  imported: parseWholeNumber(replyData.Imported),
  unchanged: parseWholeNumber(replyData.Unchanged),
});
