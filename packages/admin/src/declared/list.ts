import type { Permission } from '@ticket-check/operators';
import { type CinemaCode, parseCinemaCode } from '@ticket-check/protocol';
import { z } from 'zod';
import { cinemaIn, pathWith, readPlace, textOf } from '../asked.ts';
import type { InEachLanguage } from '../language.ts';
import type { AskedList, Described, PageSet } from '../page.ts';
import { DataRefused } from '../sent-texts.ts';
import { liveList } from '../serve-live.ts';

/** The filters of a list by their names in a query; each may be left out. `describe` says what it is for. */
export type FilterShape = Readonly<Record<string, z.ZodType>>;

export type Filters<Shape extends FilterShape> = { readonly [Name in keyof Shape]: z.output<Shape[Name]> };

/** Narrows a list to one cinema. */
export const cinemaFilter = textOf(parseCinemaCode).optional().describe('only of one cinema');

/** What a list is read by. */
export type Asked<Shape extends FilterShape, Place> = {
  readonly filters: Filters<Shape>;
  /** The cinemas that may be seen, the asked one if there is one. */
  readonly cinemas: 'all' | readonly CinemaCode[];
  /** The end of the page before; null for the first page. */
  readonly after: Place | null;
  readonly limit: number;
};

/** What can be seen, declared once: served as JSON and as a live topic (`serveList`), and as a command (`listCommand`). */
export type List<Source, Shape extends FilterShape, Row, Place> = {
  /** The name of its screen, data and topic: `worklist` is `/worklist`, `/worklist.json` and the topic `worklist`. */
  readonly name: string;
  /** The property of the answer that holds the rows. */
  readonly rowsName: string;
  readonly title: InEachLanguage;
  readonly permission: Permission;
  readonly filters: Shape;
  /** A row as it is sent. Screens import its type. */
  readonly row: z.ZodType<Row>;
  /** Where a page ends. */
  readonly place: z.ZodType<Place>;
  /** How many rows a page has. */
  readonly rowsAPage: number;
  /** How often its topic is read at most, in milliseconds; 5 s by default. */
  readonly everyMs?: number;
  readonly find: (
    source: Source,
    asked: Asked<Shape, Place>,
  ) => Promise<{
    readonly rows: readonly Row[];
    readonly next: Place | null;
    /** What the answer says beside its rows, such as a sum. */
    readonly besides?: object;
  }>;
};

export function list<Source, Shape extends FilterShape, Row, Place>(
  declaration: List<Source, Shape, Row, Place>,
): List<Source, Shape, Row, Place> {
  return declaration;
}

/** Serves a list as JSON and as a live topic, by pages: `Next` of the answer leads to the next one. */
export function serveList<Source, Shape extends FilterShape, Row, Place>(
  declared: List<Source, Shape, Row, Place>,
  source: Source,
): Required<Pick<PageSet, 'json' | 'live'>> {
  const { name, rowsName, permission, place, rowsAPage, everyMs, find } = declared;
  const path = `/${name}.json`;

  async function answer(request: AskedList): Promise<object> {
    const cinema = cinemaIn(request);
    const filters = filtersIn(declared.filters, request.query);
    const { rows, next, besides } = await find(source, {
      filters,
      cinemas: cinema === undefined ? (request.cinemaCodes as 'all' | CinemaCode[]) : [cinema],
      after: readPlace(request.query, place),
      limit: rowsAPage,
    });
    return {
      [rowsName]: rows,
      ...besides,
      Next:
        next === null ? null : pathWith(path, { ...Object.fromEntries(request.query), after: JSON.stringify(next) }),
    };
  }

  return {
    json: [{ path, permission, describes: describedBy(declared), handler: answer }],
    live: [{ ...liveList(name, permission, answer), ...(everyMs !== undefined && { everyMs }) }],
  };
}

function describedBy<Source, Shape extends FilterShape, Row, Place>({
  title,
  filters,
  rowsName,
  row,
}: List<Source, Shape, Row, Place>): Described {
  const after = z.string().optional().describe('where the page before ended: ask for its `Next` as it stands');
  const next = z.string().nullable().describe('the path of the next page; null on the last one');
  return { title, query: { ...filters, after }, answer: z.looseObject({ [rowsName]: z.array(row), Next: next }) };
}

/**
 * Reads the filters of a query.
 * @throws DataRefused `bad-<name>` with what the filter must be
 */
function filtersIn<Shape extends FilterShape>(shape: Shape, query: AskedList['query']): Filters<Shape> {
  return Object.fromEntries(
    Object.entries(shape).map(([name, filter]) => {
      const read = filter.safeParse(query.get(name)?.trim() || undefined);
      if (!read.success) throw new DataRefused(`bad-${name}`, `${name}: ${faultsOf(read.error)}.`);
      return [name, read.data];
    }),
  ) as Filters<Shape>;
}

/** What is wrong with a value, in words. */
export const faultsOf = ({ issues }: z.ZodError): string => issues.map(({ message }) => message).join('; ');
