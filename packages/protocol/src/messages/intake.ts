import * as z from 'zod';
import type { CinemaCode } from '../codes.ts';
import { type CinemaKey, parsePublicKey } from '../public-key/cinema-keys.ts';
import {
  cinemaCode,
  elementsJson,
  filledName,
  filledText,
  filmCode,
  filmTicketCode,
  message,
  parseWholeNumber,
  rawRecords,
  readElement,
  screenCode,
  time,
} from './elements.ts';

// One schema per kind of row, shared by the import of files and by the signed intake Apis.

export const cinemaRow = message({ CinemaCode: cinemaCode, CinemaName: filledName });
export type CinemaRow = z.output<typeof cinemaRow>;
export const cinemaRowJson = (row: CinemaRow) => elementsJson(row, 'CinemaCode', 'CinemaName');

export const screenRow = message({ CinemaCode: cinemaCode, ScreenCode: screenCode, ScreenName: filledName });
export type ScreenRow = z.output<typeof screenRow>;
export const screenRowJson = (row: ScreenRow) => elementsJson(row, 'CinemaCode', 'ScreenCode', 'ScreenName');

export const filmRow = message({ FilmCode: filmCode, FilmName: filledName });
export type FilmRow = z.output<typeof filmRow>;
export const filmRowJson = (row: FilmRow) => elementsJson(row, 'FilmCode', 'FilmName');

export type PublicKeyRow = CinemaKey & { readonly cinemaCode: CinemaCode };
/** A row whose key is not parsed yet: that takes longest, so the reader of a thousand rows yields between them. */
export const publicKeyRow = message({ CinemaCode: cinemaCode, PublicKey: filledText, StartTime: time });
export type UnreadPublicKeyRow = z.output<typeof publicKeyRow>;
/** Reads the key of a row, in any form of reading K1. Throws as `parsePublicKey` does, naming the element. */
export const readPublicKeyRow = ({ publicKey, cinemaCode, startTime }: UnreadPublicKeyRow): PublicKeyRow => ({
  cinemaCode,
  ...readElement({ PublicKey: publicKey }, 'PublicKey', () => parsePublicKey(publicKey)),
  startTime,
});
export const publicKeyRowJson = (row: Pick<PublicKeyRow, 'cinemaCode' | 'spki' | 'startTime'>) => ({
  CinemaCode: row.cinemaCode,
  PublicKey: row.spki,
  StartTime: row.startTime,
});

export const refundRow = message({
  CinemaCode: cinemaCode,
  FilmTicketCode: filmTicketCode,
  StartTime: time,
  RefundTime: time,
});
export type RefundRow = z.output<typeof refundRow>;
export const refundRowJson = (row: RefundRow) =>
  elementsJson(row, 'CinemaCode', 'FilmTicketCode', 'StartTime', 'RefundTime');

/** Reads QueryData of an import as `{ rows }`, at most 1000; the list's length is judged before its rows are read. */
export const rowsQuery = <Row>(list: string, row: z.ZodType<Row>) =>
  z
    .object({ [list]: rawRecords.pipe(z.array(row)) })
    .transform((query): { rows: Row[] } => ({ rows: query[list] as Row[] }));

/** What an import did: rows that changed something, and rows that were known already. */
export type IntakeReply = { readonly imported: number; readonly unchanged: number };

export const intakeReplyJson = (reply: IntakeReply) => elementsJson(reply, 'Imported', 'Unchanged');

/** Reads ReplyData of an import. Throws WRONG_TYPE where it does not hold the two counts. */
export const readIntakeReply = (replyData: Record<string, unknown>): IntakeReply => ({
  imported: parseWholeNumber(replyData.Imported),
  unchanged: parseWholeNumber(replyData.Unchanged),
});
