import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type {
  CinemaRow,
  Fen,
  FilmCode,
  FilmRow,
  RefundRow,
  ScreenCode,
  SeatCode,
  SessionCode,
  TicketRow,
  WallClock,
} from '@ticket-check/protocol';
import { ExpectedError, reasonOf } from '@ticket-check/runtime';
import type { Ukey } from './ukeys/ukey.ts';

/** How a screen writes its seat codes; the field knows all of them. Reading T5. */
export type SeatStyle = 'number' | 'marked' | 'letters';

export type Screen = {
  readonly screenCode: ScreenCode;
  readonly screenName: string;
  readonly rows: number;
  readonly columns: number;
  readonly seatStyle: SeatStyle;
};

export type Session = {
  readonly sessionCode: SessionCode;
  readonly screenCode: ScreenCode;
  readonly filmCode: FilmCode;
  readonly startTime: WallClock;
  readonly price: Fen;
};

/** A sold ticket as reported to the national platform, with the seat and the printed code. */
export type Ticket = TicketRow & { readonly seatCode: SeatCode; readonly ticketInfoCode: string };

/** The kinds of facts that are fed to the national platform, in the order in which they must arrive. */
export const FACT_KINDS = ['cinemas', 'screens', 'films', 'publicKeys', 'tickets', 'refunds'] as const;
export type FactKind = (typeof FACT_KINDS)[number];

/** How many facts of each kind the national platform has confirmed, and the generation of its data in which it did. */
type Fed = { generation: string | null } & Record<FactKind, number>;

/**
 * A cinema's ticketing system: one plain object that JSON can hold, private keys included. Its lists only grow, so a count
 * of each says what was sent to the national platform.
 */
export type BoxOffice = {
  readonly format: 1;
  readonly cinema: CinemaRow;
  readonly screens: Screen[];
  readonly films: FilmRow[];
  readonly ukeys: Ukey[];
  readonly sessions: Session[];
  readonly tickets: Ticket[];
  readonly refunds: RefundRow[];
  readonly fed: Fed;
};

/** Loads a box office from its file. @throws ExpectedError if it cannot be read or holds something else. */
export async function loadBoxOffice(path: string): Promise<BoxOffice> {
  const json = await readFile(path, 'utf8').catch((error: unknown) => {
    const code = reasonOf(error);
    const reason = code === 'ENOENT' ? 'does not exist; `make` makes it' : `cannot be read (${code})`;
    throw new ExpectedError(`The box office file ${path} ${reason}.`, { cause: error });
  });
  try {
    const state = JSON.parse(json) as BoxOffice;
    if (state.format === 1) return state;
  } catch {}
  throw new ExpectedError(`The file ${path} holds no box office.`);
}

/**
 * Saves a new box office, mode 0600.
 * @throws ExpectedError if the file exists: the only copy of a cinema's keys is never overwritten.
 */
export async function createBoxOfficeFile(path: string, boxOffice: BoxOffice): Promise<void> {
  if (existsSync(path)) throw new ExpectedError(`The box office file ${path} exists already and is not overwritten.`);
  await saveBoxOffice(path, boxOffice);
}

/** Saves a box office, mode 0600 since its private keys are in it; the file is replaced as a whole or not at all. */
export async function saveBoxOffice(path: string, boxOffice: BoxOffice): Promise<void> {
  const draft = `${path}.${randomUUID()}.tmp`;
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await writeFile(draft, `${JSON.stringify(boxOffice, null, 1)}\n`, { mode: 0o600, flush: true });
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw new ExpectedError(`The box office file ${path} cannot be written (${reasonOf(error)}).`, { cause: error });
  }
}
