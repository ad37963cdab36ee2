import * as z from 'zod';
import type { CinemaCode, FilmCode, ScreenCode, TicketIdentity } from '../codes.ts';
import type { PriceForm } from '../money.ts';
import type { CinemaKey } from '../public-key/keys-in-force.ts';
import { parsePublicKey } from '../public-key/parse-public-key.ts';
import type { WallClock } from '../time.ts';
import {
  cinemaCode,
  filledName,
  filledText,
  filmCode,
  filmTicketCode,
  name,
  price,
  readElement,
  screenCode,
  sessionCode,
  ticketType,
  time,
  wholeNumber,
} from './elements.ts';
import { type SoldTicket, soldTicketJson } from './ticket-info.ts';
import type { TicketType } from './ticket-type.ts';

// One schema per kind of row, shared by the import of files and by the signed intake Apis.

export type CinemaRow = { readonly cinemaCode: CinemaCode; readonly cinemaName: string };
/** Reads `{CinemaCode, CinemaName}`. */
export const cinemaRow = z
  .object({ CinemaCode: cinemaCode, CinemaName: filledName })
  .transform((row): CinemaRow => ({ cinemaCode: row.CinemaCode, cinemaName: row.CinemaName }));
export const cinemaRowJson = (row: CinemaRow) => ({ CinemaCode: row.cinemaCode, CinemaName: row.cinemaName });

export type ScreenRow = {
  readonly cinemaCode: CinemaCode;
  readonly screenCode: ScreenCode;
  readonly screenName: string;
};
/** Reads `{CinemaCode, ScreenCode, ScreenName}`. */
export const screenRow = z
  .object({ CinemaCode: cinemaCode, ScreenCode: screenCode, ScreenName: filledName })
  .transform(
    (row): ScreenRow => ({ cinemaCode: row.CinemaCode, screenCode: row.ScreenCode, screenName: row.ScreenName }),
  );
export const screenRowJson = (row: ScreenRow) => ({
  CinemaCode: row.cinemaCode,
  ScreenCode: row.screenCode,
  ScreenName: row.screenName,
});

export type FilmRow = { readonly filmCode: FilmCode; readonly filmName: string };
/** Reads `{FilmCode, FilmName}`. */
export const filmRow = z
  .object({ FilmCode: filmCode, FilmName: filledName })
  .transform((row): FilmRow => ({ filmCode: row.FilmCode, filmName: row.FilmName }));
export const filmRowJson = (row: FilmRow) => ({ FilmCode: row.filmCode, FilmName: row.filmName });

export type PublicKeyRow = CinemaKey & { readonly cinemaCode: CinemaCode };
/** A row whose key is not parsed yet: that takes longest, so the reader of a thousand rows yields between them. */
export type UnreadPublicKeyRow = Pick<PublicKeyRow, 'cinemaCode' | 'startTime'> & { readonly publicKey: string };
/** Reads `{CinemaCode, PublicKey, StartTime}` but for the key itself, see `readPublicKeyRow`. */
export const publicKeyRow = z
  .object({ CinemaCode: cinemaCode, PublicKey: filledText, StartTime: time })
  .transform(
    (row): UnreadPublicKeyRow => ({ cinemaCode: row.CinemaCode, publicKey: row.PublicKey, startTime: row.StartTime }),
  );
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

/** A sold ticket, whole. */
export type TicketRow = Omit<SoldTicket, 'ticketType' | 'sellTime'> & {
  readonly ticketType: TicketType;
  readonly sellTime: WallClock;
};
/** Reads the elements of GetTicketInfo's ReplyData up to Service. */
export const ticketRow = z
  .object({
    CinemaCode: cinemaCode,
    CinemaName: name,
    ScreenCode: screenCode,
    ScreenName: name,
    FilmCode: filmCode,
    FilmName: name,
    SessionCode: sessionCode,
    StartTime: time,
    TicketType: ticketType,
    SellTime: time,
    FilmTicketCode: filmTicketCode,
    RowNum: wholeNumber,
    ColumnNum: wholeNumber,
    Price: price,
    Service: price,
  })
  .transform(
    (row): TicketRow => ({
      cinemaCode: row.CinemaCode,
      filmTicketCode: row.FilmTicketCode,
      startTime: row.StartTime,
      cinemaName: row.CinemaName,
      screenCode: row.ScreenCode,
      screenName: row.ScreenName,
      filmCode: row.FilmCode,
      filmName: row.FilmName,
      sessionCode: row.SessionCode,
      ticketType: row.TicketType,
      sellTime: row.SellTime,
      rowNum: row.RowNum,
      columnNum: row.ColumnNum,
      price: row.Price,
      service: row.Service,
    }),
  );
export const ticketRowJson = (row: TicketRow, priceForm: PriceForm = 'two-decimals') => soldTicketJson(row, priceForm);

export type RefundRow = TicketIdentity & { readonly refundTime: WallClock };
/** Reads `{CinemaCode, FilmTicketCode, StartTime, RefundTime}`. */
export const refundRow = z
  .object({ CinemaCode: cinemaCode, FilmTicketCode: filmTicketCode, StartTime: time, RefundTime: time })
  .transform(
    (row): RefundRow => ({
      cinemaCode: row.CinemaCode,
      filmTicketCode: row.FilmTicketCode,
      startTime: row.StartTime,
      refundTime: row.RefundTime,
    }),
  );
export const refundRowJson = (row: RefundRow) => ({
  CinemaCode: row.cinemaCode,
  FilmTicketCode: row.filmTicketCode,
  StartTime: row.startTime,
  RefundTime: row.refundTime,
});
