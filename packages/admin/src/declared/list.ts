import {
  type AskedCinemas,
  type Row as Cells,
  type Column,
  column,
  type FileFormat,
  type Table,
} from '@ticket-check/check-records';
import { noteReading, type Permission, runReading } from '@ticket-check/operators';
import {
  addDays,
  type BusinessDate,
  businessDate,
  type CinemaCode,
  parseCinemaCode,
  parseWholeDay,
  VERDICTS,
  wallClockAt,
} from '@ticket-check/protocol';
import { elementNames } from '@ticket-check/protocol/element-names';
import type { Clock } from '@ticket-check/runtime';
import { z } from 'zod';
import { assertLive, cinemaIn, pathWith, readPlace, textOf } from '../asked.ts';
import type { InEachLanguage } from '../language.ts';
import { withNames } from '../names.ts';
import type { AskedList, FileSource, JsonRequest, PageSet } from '../page.ts';
import { DataRefused, PageError } from '../sent-texts.ts';
import type { FilterKind, NamedKind } from '../shown-change.ts';
import { noteTitle } from './operation.ts';
import type { Reading } from './reading.ts';
import { sendFile } from './send-file.ts';

/** The filters of a list by their names in a query; each may be left out. */
export type FilterShape = Readonly<Record<string, z.ZodType>>;

export type Filters<Shape extends FilterShape> = { readonly [Name in keyof Shape]: z.output<Shape[Name]> };

/** What a filter is chosen from, for its screen. */
const CHOSEN_FROM = 'x-names';

/** What a filter is for, in both languages. */
export const says = (zh: string, en: string) => ({ description: en, 'x-description-zh': zh });

/** Narrows a list to one thing of a kind. Its screen offers what there is to choose from. */
export const filterOf = <T>(kind: NamedKind, parse: (text: string) => T, zh: string, en: string) =>
  textOf(parse)
    .optional()
    .meta({ ...says(zh, en), [CHOSEN_FROM]: kind });

export const cinemaFilter = filterOf('cinema', parseCinemaCode, '仅一个影院', 'only of one cinema');

export const usernameFilter = z.string().max(64).meta(says('用户名', 'the username'));

/** The business date of a list; where it is left out, the list fills it in and names it in its answer and in `Next`. */
export const dateFilter = textOf(parseWholeDay)
  .optional()
  .meta({
    ...says('YYYY-MM-DD，06:00 至次日 06:00；默认为今天', 'YYYY-MM-DD, 06:00 to 06:00; today by default'),
    [CHOSEN_FROM]: 'date',
  }) as unknown as z.ZodType<BusinessDate>;

const MOST_DATES = 31;

/** The last of several business dates, of a list that has `dateFilter`. */
export const untilFilter = textOf(parseWholeDay)
  .optional()
  .meta({
    ...says(
      `多个营业日中的最后一天，最多 ${MOST_DATES} 天`,
      `the last of several dates, which are at most ${MOST_DATES}`,
    ),
    [CHOSEN_FROM]: 'until',
  });

/** The business dates that are asked for, without those to come: a month may go on. @throws DataRefused if these are too many */
export function datesAsked({ businessDate: first, until = first }: Range, now: Clock): BusinessDate[] {
  const today = businessDate(wallClockAt(now()));
  return datesFrom(first, until).filter((date) => date === first || date <= today);
}

type Range = { readonly businessDate: BusinessDate; readonly until?: BusinessDate | undefined };

/** Business dates, one after another. @throws DataRefused if these are too many */
export function datesFrom(since: BusinessDate, until: BusinessDate, most = MOST_DATES): BusinessDate[] {
  if (since > until) throw new DataRefused('bad-range', 'The last date is before the first one.');
  const dates: BusinessDate[] = [];
  for (let date = since; date <= until; date = addDays(date, 1)) {
    if (dates.length === most) {
      throw new DataRefused('range-too-long', `At most ${most} days at a time: ask for them in parts.`);
    }
    dates.push(date);
  }
  return dates;
}

export type AskedRows<Shape extends FilterShape> = {
  readonly filters: Filters<Shape>;
  /** The cinemas that may be seen, the asked one if there is one. */
  readonly cinemas: 'all' | readonly CinemaCode[];
  readonly signal?: AbortSignal | undefined;
};

/** The cinemas that are asked for, as statements take them. */
export const cinemasOf = ({ filters, cinemas }: AskedRows<{ cinema: typeof cinemaFilter }>): AskedCinemas =>
  filters.cinema ?? cinemas;

type Asked<Shape extends FilterShape, Place> = AskedRows<Shape> & {
  /** The end of the page before; null for the first page. */
  readonly after: Place | null;
  readonly limit: number;
};

/**
 * What can be seen, declared once: served as JSON, as a live topic and as a file (`serveList`), and as a command (`listCommand`).
 */
export type List<Source, Shape extends FilterShape, Row, Place> = {
  /** The name of its screen, data, topic and file: `worklist` is `/worklist`, `/worklist.json`, the topic `worklist`, `/worklist.csv`. */
  readonly name: string;
  readonly rowsName: string;
  readonly title: InEachLanguage;
  readonly permission: Permission;
  readonly filters: Shape;
  /** Whether it concerns the whole service: operators and tokens limited to some cinemas do not see it. */
  readonly isOfAll?: boolean;
  /** The business date where none is asked for; by default today's. */
  readonly usualDate?: (now: Clock) => BusinessDate;
  /** A row as it is sent. Screens import its type. */
  readonly row: z.ZodType<Row>;
  /** Where a page ends; without it all rows are one page. */
  readonly place?: z.ZodType<Place>;
  /** How many rows a page has; all of them where it is not said. */
  readonly rowsAPage?: number;
  /** The filters of its topic, which then shows only the first page of today; `none`: it has no topic. By default all of them. */
  readonly live?: 'none' | readonly (keyof Shape & string)[];
  /** The least time between two readings of its topic, whose events are whole answers, in milliseconds; 5 s by default. */
  readonly everyMs?: number;
  /** How the audit names what a machine reads of it. Files are recorded anyway, as `<name> list` where this is not said. */
  readonly audit?: {
    readonly name: string;
    /** What was asked for; all filters by default. Never a ticket's code. */
    readonly what?: (filters: Filters<Shape>) => object;
    /** Whether a machine may read it unrecorded. */
    readonly unless?: (filters: Filters<Shape>) => boolean;
  };
  /** It takes long: one at a time for each person, and the audit has its end too, with what it `found`. */
  readonly takesLong?: boolean;
  readonly find: (
    source: Source,
    asked: Asked<Shape, Place>,
  ) => Promise<{
    readonly rows: readonly Row[];
    readonly next?: Place | null;
    /** What the answer says beside its rows, such as a sum. */
    readonly besides?: object;
    readonly found?: object;
  }>;
  /** How it is a file, where that is not the elements of its rows; a command prints it as one only where this is said. */
  readonly file?: {
    /** The titles in both languages, in order; a name next to its code. */
    readonly columns?: (source: Source, filters: Filters<Shape>) => readonly Column[];
    /** What it is called, without its ending; by default as the list, with its business date. */
    readonly name?: (filters: Filters<Shape>) => string;
    /** What a row is in it, if that is several. */
    readonly rowsOf?: (row: Row) => readonly Cells[];
    /** The rows, if they differ from those of all pages. @throws DataRefused before the first one */
    readonly rows?: (
      source: Source,
      asked: AskedRows<Shape>,
    ) => Promise<readonly Cells[] | AsyncIterable<Cells> | undefined>;
  };
};

export function list<Source, Shape extends FilterShape, Row, Place>(
  declaration: List<Source, Shape, Row, Place>,
): List<Source, Shape, Row, Place> {
  const { name, title, audit, takesLong } = declaration;
  // Of what takes long, looking is recorded too.
  const exported = { zh: `导出${title.zh}`, en: `Export: ${title.en}` };
  noteTitle(audit?.name ?? `${name} list`, takesLong ? title : exported);
  return declaration;
}

/** Nobody works through a list faster. */
const EVERY_MS = 5_000;

type ServedList = Required<Pick<PageSet, 'json' | 'live' | 'files' | 'lists'>>;

type Asking = AskedList & Partial<Pick<JsonRequest, 'signal'>>;

/**
 * Serves a list as JSON and as a live topic, by pages: `Next` of the answer leads to the next one; and as CSV and XLSX.
 *
 * @param reading bounds and records what is read; a list needs it that has a file or a name in the audit
 */
export function serveList<Source, Shape extends FilterShape, Row, Place>(
  declared: List<Source, Shape, Row, Place>,
  source: Source,
  reading?: Reading,
): ServedList {
  const { name, title, rowsName, permission, filters, live, audit } = declared;
  const path = `/${name}.json`;

  function askedIn({ query, cinemaCodes, signal }: Asking): AskedRows<Shape> {
    if (declared.isOfAll && cinemaCodes !== 'all') throw new PageError('forbidden');
    const cinema = cinemaIn({ query, cinemaCodes });
    return {
      filters: withDate(declared, filtersIn(filters, query), reading?.now),
      cinemas: cinema === undefined ? (cinemaCodes as 'all' | CinemaCode[]) : [cinema],
      signal,
    };
  }

  async function read(asked: AskedRows<Shape>, query: AskedList['query']) {
    const after = readPlace(query, declared.place ?? z.never()) as Place | null;
    const page = { ...asked, after, limit: declared.rowsAPage ?? Number.POSITIVE_INFINITY };
    const { rows, next = null, besides, found } = await declared.find(source, page);
    const { businessDate: date }: Dated = asked.filters;
    const dated = { ...Object.fromEntries(query), ...(date !== undefined && { businessDate: date }) };
    const answer = {
      ...(date !== undefined && { BusinessDate: date }),
      [rowsName]: rows,
      ...besides,
      Next: next === null ? null : pathWith(path, { ...dated, after: JSON.stringify(next) }),
    };
    return { answer, found: { rows: rows.length, ...found } };
  }

  async function answer(request: JsonRequest): Promise<object> {
    const asked = askedIn(request);
    const run = () => read(asked, request.query);
    if (reading === undefined) return (await run()).answer;
    const { audit: operations, now } = reading;
    const { actor, address: from, byToken: byMachine } = request;
    const what = { ...whatOf(declared, asked), format: 'json' };
    const noted = { name: audit?.name ?? '', actor, from, what, now, byMachine };
    if (declared.takesLong) {
      const compared = () => runReading(operations, noted, run, ({ found }) => found);
      return (await reading.runLong(actor, compared)).answer;
    }
    return reading.read(actor, async () => {
      const isNoted = byMachine && audit !== undefined && audit.unless?.(asked.filters) !== true;
      if (isNoted) await noteReading(operations, noted, { isPart: request.query.has('after') });
      return (await run()).answer;
    });
  }

  async function readLive(request: Asking): Promise<object> {
    if (live !== undefined) assertLive(request.query, reading?.now ?? Date.now, live as readonly string[]);
    return (await read(askedIn(request), request.query)).answer;
  }

  const fileOf = (on: Reading, format: FileFormat): FileSource => ({
    path: `/${name}.${format}`,
    permission,
    describes: { title, query: filters },
    handler: (request) =>
      sendFile(on, request, format, async () => {
        const asked = askedIn(request);
        const { businessDate, until }: Dated = asked.filters;
        const dates = new Set([businessDate, until].filter((date) => date !== undefined));
        return {
          name: audit?.name ?? `${name} list`,
          what: whatOf(declared, asked),
          table: await withNames(await tableOf(declared, source, asked), request.namesOf),
          fileName: declared.file?.name?.(asked.filters) ?? [name, ...dates].join('-'),
        };
      }),
  });

  const after = z
    .string()
    .optional()
    .meta(says('上一页结束的位置：原样请求其 Next', 'where the page before ended: ask for its `Next` as it stands'));
  const next = z.string().nullable().describe('the path of the next page; null on the last one');
  const answered = z.looseObject({ [rowsName]: z.array(declared.row), Next: next });
  return {
    json: [{ path, permission, describes: { title, query: { ...filters, after }, answer: answered }, handler: answer }],
    live: live === 'none' ? [] : [{ name, permission, read: readLive, everyMs: declared.everyMs ?? EVERY_MS }],
    files: reading === undefined ? [] : [fileOf(reading, 'csv'), fileOf(reading, 'xlsx')],
    lists: {
      [`/${name}`]: {
        Rows: rowsName,
        Live: live === 'none' ? false : (live ?? true),
        HasFile: reading !== undefined,
        Filters: Object.entries(filters).flatMap(([Name, filter]) => {
          const Of = filter.meta()?.[CHOSEN_FROM] as FilterKind | undefined;
          return Of === undefined ? [] : [{ Name, Of }];
        }),
      },
    },
  };
}

export const servedTogether = (lists: readonly ServedList[]): ServedList => ({
  json: lists.flatMap(({ json }) => json),
  live: lists.flatMap(({ live }) => live),
  files: lists.flatMap(({ files }) => files),
  lists: Object.assign({}, ...lists.map(({ lists }) => lists)),
});

/** All rows of a list under the columns of its file; the first is read, so that what refuses the list is answered in place of half a file. */
export async function tableOf<Source, Shape extends FilterShape, Row, Place>(
  declared: List<Source, Shape, Row, Place>,
  source: Source,
  asked: AskedRows<Shape>,
): Promise<Table & { readonly first: Cells | undefined }> {
  const { title, file, row } = declared;
  const columns = file?.columns?.(source, asked.filters) ?? columnsOf(row);
  const rows = (async function* (): AsyncGenerator<Cells> {
    yield* (await file?.rows?.(source, asked)) ?? allRows(declared, source, asked);
  })();
  const first = await rows.next();
  const all = (async function* () {
    if (first.done !== true) yield first.value;
    yield* rows;
  })();
  return { title, columns, rows: all, first: first.value, asked: whatOf(declared, asked) };
}

/** The elements of a row as columns; a text that is there in both languages is one. */
function columnsOf(row: z.ZodType): Column[] {
  const names = row instanceof z.ZodObject ? Object.keys(row.shape) : [];
  return names
    .filter((name) => !isChinese(name))
    .map((name) => ({
      ...column(name, ...elementNames(name)),
      ...(name.endsWith('Verdict') && { words: VERDICTS }),
      of: (cells, language) => inOneCell(inLanguage(cells, language)[name], language),
    }));
}

const isChinese = (name: string) => name.endsWith('Zh');

const inLanguage = (of: Cells, language: 'zh' | 'en'): Cells =>
  Object.fromEntries(
    Object.keys(of)
      .filter((name) => !isChinese(name))
      .map((name) => [name, (language === 'zh' && of[`${name}Zh`]) || of[name]]),
  );

/** A thing with its parts, or several, as a text. */
function inOneCell(value: unknown, language: 'zh' | 'en'): unknown {
  if (Array.isArray(value)) return value.map((one) => inOneCell(one, language)).join(', ');
  if (typeof value !== 'object' || value === null) return value;
  const parts = Object.values(inLanguage(value as Cells, language)).map((part) => inOneCell(part, language));
  return parts.filter((part) => part !== null && part !== undefined && part !== '').join(' ');
}

const ROWS_AT_A_TIME = 500;

async function* allRows<Source, Shape extends FilterShape, Row, Place>(
  { find, file }: List<Source, Shape, Row, Place>,
  source: Source,
  asked: AskedRows<Shape>,
): AsyncGenerator<Cells> {
  let after: Place | null = null;
  do {
    asked.signal?.throwIfAborted();
    const page: Awaited<ReturnType<typeof find>> = await find(source, { ...asked, after, limit: ROWS_AT_A_TIME });
    for (const row of page.rows) yield* file?.rowsOf?.(row) ?? [row as Cells];
    after = page.next ?? null;
  } while (after !== null);
}

/** What was asked for, as the audit keeps it. */
export function whatOf<Source, Shape extends FilterShape, Row, Place>(
  { audit }: List<Source, Shape, Row, Place>,
  { filters, cinemas }: AskedRows<Shape>,
): object {
  const { cinema: _, ...what } = (audit?.what?.(filters) ?? filters) as { cinema?: CinemaCode };
  return { ...what, cinemaCodes: cinemas };
}

type Dated = { readonly businessDate?: BusinessDate; readonly date?: BusinessDate; readonly until?: BusinessDate };

/** The filters with a business date, of a list that has one. */
export function withDate<Source, Shape extends FilterShape, Row, Place>(
  declared: List<Source, Shape, Row, Place>,
  filters: Filters<Shape>,
  now: Clock = Date.now,
): Filters<Shape> {
  const name = (['businessDate', 'date'] as const).find((each) => each in declared.filters);
  if (name === undefined || (filters as Dated)[name] !== undefined) return filters;
  return { ...filters, [name]: declared.usualDate?.(now) ?? businessDate(wallClockAt(now())) };
}

/** Reads the filters of a query. @throws DataRefused `bad-<name>` with what the filter must be */
function filtersIn<Shape extends FilterShape>(shape: Shape, query: AskedList['query']): Filters<Shape> {
  return Object.fromEntries(
    Object.entries(shape).map(([name, filter]) => {
      const read = filter.safeParse(query.get(name)?.trim() || undefined);
      if (!read.success) throw new DataRefused(`bad-${name}`, `${name}: ${faultsOf(read.error)}.`);
      return [name, read.data];
    }),
  ) as Filters<Shape>;
}

export const faultsOf = ({ issues }: z.ZodError): string => issues.map(({ message }) => message).join('; ');
