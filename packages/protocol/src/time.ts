import { ProtocolError } from './errors.ts';
import type { Brand } from './text.ts';

/** `YYYY-MM-DDThh:mm:ss` on the wall clock of Asia/Shanghai (fixed +08:00); sorts as text. Reading E6. */
export type WallClock = Brand<string, 'WallClock'>;

/** `YYYY-MM-DD`: a day that runs from 06:00 to 06:00 of the next one. Scheme 2.7; reading R8. */
export type BusinessDate = Brand<string, 'BusinessDate'>;

const SHANGHAI_OFFSET_MS = 8 * 3_600_000;
const BUSINESS_DAY_STARTS_AT_SECONDS = 6 * 3600;

const DATE = /^(?:19[7-9]\d|[2-9]\d{3})-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])$/;
const WALL_CLOCK =
  /^(?:19[7-9]\d|[2-9]\d{3})-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d$/;

const daysInMonth = (year: number, month: number): number => new Date(Date.UTC(year, month, 0)).getUTCDate();

const dayExists = (text: string): boolean => {
  const day = Number(text.slice(8, 10));
  return day <= 28 || day <= daysInMonth(Number(text.slice(0, 4)), Number(text.slice(5, 7)));
};

/** Says whether a text is a real wall clock time, from 1970 on. */
export const isWallClock = (text: string): text is WallClock => WALL_CLOCK.test(text) && dayExists(text);

/** Reads `YYYY-MM-DDThh:mm:ss`. Throws INVALID_DATETIME for another form, and times that do not exist or lie before 1970. 6.5.2.2; E6. */
export const parseWallClock = (text: string): WallClock => {
  if (!isWallClock(text)) {
    throw new ProtocolError('INVALID_DATETIME', 'must be a real time in the form YYYY-MM-DDThh:mm:ss');
  }
  return text;
};

const FOREIGN_TIME = /^([\d-]{10})[T ]([\d:]{8})(?:\.\d{1,9})?(?:(Z)|([+-]\d\d):?(\d\d))?$/i;

/** Reads a time of a reply: also with a space instead of `T`, fractions of a second, or a zone. Throws INVALID_DATETIME. Reading E12. */
export const readForeignTime = (text: string): WallClock => {
  const [, date, time, utc, hours, minutes] = FOREIGN_TIME.exec(text) ?? [];
  const local = parseWallClock(date === undefined ? text : `${date}T${time}`);
  if (utc === undefined && hours === undefined) return local;
  return wallClockAt(Date.parse(`${local}${utc === undefined ? `${hours}:${minutes}` : 'Z'}`));
};

let latest = { second: Number.NaN, text: '' as WallClock };

/** Whether the wall clock has a time for a moment in epoch milliseconds: one of the years 1970 to 9999. */
export const hasWallClock = (epochMs: number): boolean => {
  const shifted = epochMs + SHANGHAI_OFFSET_MS;
  return shifted >= 0 && shifted < 253_402_300_800_000;
};

/** The wall clock at a moment in epoch milliseconds, cut to the second. Throws INVALID_DATETIME outside 1970–9999. */
export const wallClockAt = (epochMs: number): WallClock => {
  const second = Math.floor(epochMs / 1000);
  // Every request asks for the present second several times.
  if (second !== latest.second) latest = { second, text: writeWallClock(epochMs) };
  return latest.text;
};

const writeWallClock = (epochMs: number): WallClock => {
  if (!hasWallClock(epochMs)) {
    throw new ProtocolError('INVALID_DATETIME', 'the moment lies outside the years 1970 to 9999');
  }
  return new Date(epochMs + SHANGHAI_OFFSET_MS).toISOString().slice(0, 19) as WallClock;
};

/** Returns the same time of day some calendar months earlier; the last day of that month if it has no such day. */
export const monthsBefore = (time: WallClock, months: number): WallClock => {
  const month = Number(time.slice(0, 4)) * 12 + Number(time.slice(5, 7)) - 1 - months;
  const [year, ofYear] = [Math.floor(month / 12), (month % 12) + 1];
  const day = Math.min(Number(time.slice(8, 10)), daysInMonth(year, ofYear));
  const [monthText, dayText] = [ofYear, day].map((number) => `${number}`.padStart(2, '0'));
  return `${year}-${monthText}-${dayText}${time.slice(10)}` as WallClock;
};

/** The moment of a wall clock time, in epoch milliseconds. */
export const epochOf = (time: WallClock): number => Date.parse(`${time}+08:00`);

/** The same in whole Unix seconds, as e-tickets have their times. */
export const unixSecondsOf = (time: WallClock): number => Math.floor(epochOf(time) / 1000);

/** The wall clock a number of seconds later, or earlier when negative. */
export const addSeconds = (time: WallClock, seconds: number): WallClock =>
  writeWallClock(epochOf(time) + seconds * 1000);

/** The business date to which a time belongs. Scheme 2.7; reading R8. */
export const businessDate = (time: WallClock): BusinessDate =>
  addSeconds(time, -BUSINESS_DAY_STARTS_AT_SECONDS).slice(0, 10) as BusinessDate;

/** The date a number of days later, or earlier when negative. */
export const addDays = (date: BusinessDate, days: number): BusinessDate =>
  addSeconds(`${date}T00:00:00` as WallClock, days * 86_400).slice(0, 10) as BusinessDate;

/** Reads `YYYY-MM-DD`. Throws INVALID_DATETIME for any other form and for days that do not exist. */
export const parseBusinessDate = (text: string): BusinessDate => {
  if (!DATE.test(text) || !dayExists(text)) {
    throw new ProtocolError('INVALID_DATETIME', 'must be a real day in the form YYYY-MM-DD');
  }
  return text as BusinessDate;
};

/** Reads a business date that ends: also the last day of the year 9999 is none, since it ends in the next one. Throws INVALID_DATETIME. */
export const parseWholeDay = (text: string): BusinessDate => {
  const date = parseBusinessDate(text);
  businessDay(date);
  return date;
};

/** The times of a business date: from its first second up to, not including, the first of the next. */
export const businessDay = (date: BusinessDate): { from: WallClock; until: WallClock } => {
  const from = `${date}T06:00:00` as WallClock;
  return { from, until: addSeconds(from, 86_400) };
};

/** How much of a time says in which ten minutes of the wall clock it lies: `2026-11-26T20:1`. */
export const TEN_MINUTES_LENGTH = '2026-11-26T20:1'.length;

/** `YYYY-MM-DDThh`: an hour of the wall clock, as the times in it begin. */
export type WallClockHour = Brand<string, 'WallClockHour'>;

export const hourOf = (time: WallClock): WallClockHour => time.slice(0, 13) as WallClockHour;

/** Reads `YYYY-MM-DDThh`. Throws INVALID_DATETIME for any other form and for hours that do not exist. */
export const parseWallClockHour = (text: string): WallClockHour => {
  if (!isWallClock(`${text}:00:00`)) {
    throw new ProtocolError('INVALID_DATETIME', 'must be a real hour in the form YYYY-MM-DDThh');
  }
  return text as WallClockHour;
};

/** The times of an hour: from its first second up to, not including, the first of the next. */
export const timesOfHour = (hour: WallClockHour): { from: WallClock; until: WallClock } => {
  const from = `${hour}:00:00` as WallClock;
  return { from, until: addSeconds(from, 3600) };
};
