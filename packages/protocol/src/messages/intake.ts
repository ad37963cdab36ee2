import * as z from 'zod';
import type { CinemaCode } from '../codes.ts';
import { type CinemaKey, parsePublicKey } from '../public-key/cinema-keys.ts';
import * as wire from './elements.ts';

// One schema per kind of row, shared by the import of files and by the signed intake Apis.

export const cinemaRow = wire.message({ CinemaCode: wire.cinemaCode, CinemaName: wire.filledName });
export type CinemaRow = z.output<typeof cinemaRow>;
export const cinemaRowJson = (row: CinemaRow) => wire.elementsJson(row, 'CinemaCode', 'CinemaName');

export const screenRow = wire.message({
  CinemaCode: wire.cinemaCode,
  ScreenCode: wire.screenCode,
  ScreenName: wire.filledName,
});
export type ScreenRow = z.output<typeof screenRow>;
export const screenRowJson = (row: ScreenRow) => wire.elementsJson(row, 'CinemaCode', 'ScreenCode', 'ScreenName');

export const filmRow = wire.message({ FilmCode: wire.filmCode, FilmName: wire.filledName });
export type FilmRow = z.output<typeof filmRow>;
export const filmRowJson = (row: FilmRow) => wire.elementsJson(row, 'FilmCode', 'FilmName');

export type PublicKeyRow = CinemaKey & { readonly cinemaCode: CinemaCode };
/** A row whose key is not parsed yet: that takes longest, so the reader of a thousand rows yields between them. */
export const publicKeyRow = wire.message({
  CinemaCode: wire.cinemaCode,
  PublicKey: wire.filledText,
  StartTime: wire.time,
});
export type UnreadPublicKeyRow = z.output<typeof publicKeyRow>;
/** Reads the key of a row, in any form of reading K1. Throws as `parsePublicKey` does, naming the element. */
export const readPublicKeyRow = ({ publicKey, cinemaCode, startTime }: UnreadPublicKeyRow): PublicKeyRow => ({
  cinemaCode,
  ...wire.readElement({ PublicKey: publicKey }, 'PublicKey', () => parsePublicKey(publicKey)),
  startTime,
});
export const publicKeyRowJson = (row: Pick<PublicKeyRow, 'cinemaCode' | 'spki' | 'startTime'>) => ({
  CinemaCode: row.cinemaCode,
  PublicKey: row.spki,
  StartTime: row.startTime,
});

export const refundRow = wire.message({
  CinemaCode: wire.cinemaCode,
  FilmTicketCode: wire.filmTicketCode,
  StartTime: wire.time,
  RefundTime: wire.time,
});
export type RefundRow = z.output<typeof refundRow>;
export const refundRowJson = (row: RefundRow) =>
  wire.elementsJson(row, 'CinemaCode', 'FilmTicketCode', 'StartTime', 'RefundTime');

/** Reads QueryData of an import as `{ rows }`, at most 1000; the list's length is judged before its rows are read. */
export const rowsQuery = <Row>(list: string, row: z.ZodType<Row>) =>
  z
    .object({ [list]: wire.rawRecords.pipe(z.array(row)) })
    .transform((query): { rows: Row[] } => ({ rows: query[list] as Row[] }));

/** What an import did: rows that changed something, and rows that were known already. */
export type IntakeReply = { readonly imported: number; readonly unchanged: number };

export const intakeReplyJson = (reply: IntakeReply) => wire.elementsJson(reply, 'Imported', 'Unchanged');

/** Reads ReplyData of an import. Throws WRONG_TYPE where it does not hold the two counts. */
export const readIntakeReply = (replyData: Record<string, unknown>): IntakeReply => ({
  imported: wire.parseWholeNumber(replyData.Imported),
  unchanged: wire.parseWholeNumber(replyData.Unchanged),
});
