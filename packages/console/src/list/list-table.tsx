import { CaretDownOutlined, CaretUpOutlined } from '@ant-design/icons';
import type { ELEMENT_NAMES } from '@ticket-check/protocol/element-names';
import { Button, Checkbox, Flex } from 'antd';
import { type Key, type ReactNode, useState } from 'react';
import { Link, useLocation } from 'wouter';
import { useHistoryState } from 'wouter/use-browser-location';
import { inEachLanguage, useBegun, useDeclared, useWords } from '../begin/begun.ts';
import { useKept } from '../data/kept.ts';
import { Element, type ElementOf, useElementName } from '../look/element.tsx';
import { Linked, ScreenButton } from '../look/screen-link.tsx';
import { usePlace } from '../shell/menu.tsx';
import { Panel, ScreenPage } from '../shell/screen-page.tsx';
import { Answered, Nothing, type ProblemWords } from '../states/states.tsx';
import { Downloads } from './downloads.tsx';
import { FilterBar } from './filter-bar.tsx';
import { type FilterField, useFilters, withQuery } from './use-filters.ts';

/**
 * An element of the rows under what it is called everywhere; or under another head, with a link, or in cells of its own. Without
 * either it is what can be done with each row.
 */
export type Column<Row> = ElementOf<Row> | OwnColumn<Row>;

type OwnColumn<Row> = {
  readonly head?: string;
  readonly of?: ElementOf<Row> | keyof typeof ELEMENT_NAMES;
  readonly cell?: (row: Row) => ReactNode;
  /** What it is sorted by, where that is not the element. */
  readonly by?: (row: Row) => unknown;
  /** Where it leads to; a count of nothing, or one that is not known, leads nowhere. */
  readonly to?: (row: Row) => string;
  readonly isNumber?: boolean;
  /** The permission without which it is not shown. */
  readonly may?: string;
};

/** What columns are sorted by that show several elements, or one that some lists call otherwise. */
const SORTED_BY: Readonly<Record<string, string>> = {
  ...{ Account: 'Username', Seat: 'RowNum', Session: 'StartTime', Ticket: 'FilmTicketCode' },
};

/** The columns of a table, sorted by what they show, where the rows are all there. */
function useShownColumns<Row>(columns: readonly Column<Row>[], rows: readonly Row[], isWhole: boolean) {
  const t = useWords(WORDS);
  const nameOf = useElementName();
  const { Permissions } = useBegun();
  return columns
    .map((column): OwnColumn<Row> => (typeof column === 'string' ? { of: column } : column))
    .filter(({ may }) => may === undefined || Permissions.includes(may))
    .map(({ head, of, cell, by, to, isNumber }) => {
      const heldBy = (row: Row): unknown => row[of as keyof Row];
      const shown = cell ?? ((row: Row) => <Element of={row as object} name={of ?? ''} />);
      const sortBy = by ?? ((row: Row) => heldBy(row) ?? row[SORTED_BY[of ?? ''] as keyof Row]);
      const isSorted = isWhole && rows.length > 1 && rows.some((row) => sortBy(row) != null);
      return {
        head: head ?? (of === undefined ? t.action : nameOf(of)),
        cell: (row: Row) =>
          to === undefined || (of !== 'Completeness' && [0, null].includes(heldBy(row) as number)) ? (
            shown(row)
          ) : (
            <Linked to={to(row)}>{shown(row)}</Linked>
          ),
        isNumber: isNumber ?? rows.some((row) => typeof heldBy(row) === 'number'),
        sortBy: isSorted ? sortBy : null,
      };
    });
}

const WORDS = inEachLanguage({
  action: ['操作', 'Action'],
  paging: ['翻页', 'Pages'],
  first: ['回到第一页', 'Back to the first page'],
  back: ['上一页', 'Page before'],
  next: ['下一页', 'Next page'],
  none: ['暂无数据', 'There is nothing yet'],
  noneFiltered: ['没有符合条件的数据', 'Nothing fits'],
  columns: ['列', 'Columns'],
  inPages: ['分页显示的列表不能重新排序', 'Lists that come in pages keep their order'],
  clear: ['清除条件', 'Clear them'],
  change: ['请更改或清除上面的条件。', 'Change or clear what you asked for above.'],
});

type Rows<Row> = {
  caption: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  rowKey(row: Row): Key;
  /** Whether these are all the rows that there are. */
  isWhole?: boolean;
  /** What is said where there are no rows. */
  none?: string;
};

/** A part of a screen that is a table, with what it is about. */
export function TablePanel<Row>({
  title,
  actions,
  about,
  ...table
}: Omit<Rows<Row>, 'caption'> & { title: string; actions?: ReactNode; about?: string }) {
  return (
    <Panel title={title} actions={actions}>
      {about === undefined ? null : <p className="quiet">{about}</p>}
      <RowsTable caption={title} {...table} />
    </Panel>
  );
}

/** Rows as a table; on a narrow screen each row is a block, with the heads of the columns before their values. */
export function RowsTable<Row>({ caption, columns: declared, rows, rowKey, isWhole = true, none }: Rows<Row>) {
  const t = useWords(WORDS);
  const [path] = useLocation();
  const columns = useShownColumns(declared, rows, isWhole);
  const heads = columns.map(({ head }) => head);
  const [hidden, setHidden] = useKept<readonly string[]>(`columns ${path} ${caption}`, []);
  const [{ by, sign }, setOrder] = useState({ by: '', sign: 1 });
  const hasMany = columns.length >= MANY;
  const shown = hasMany ? columns.filter(({ head }) => !hidden.includes(head)) : columns;
  const sortBy = columns.find(({ head }) => head === by)?.sortBy;
  const sorted = sortBy ? rows.toSorted((a, b) => sign * compared(sortBy(a), sortBy(b))) : rows;
  if (rows.length === 0 && none !== undefined) return <Nothing title={none} />;
  return (
    <>
      {hasMany && rows.length > 1 ? (
        <details>
          <summary>{t.columns}</summary>
          <Checkbox.Group
            options={heads}
            value={heads.filter((head) => !hidden.includes(head))}
            // What is hidden stays so while other filters show other columns.
            onChange={(chosen) =>
              setHidden([...new Set([...hidden, ...heads])].filter((head) => !chosen.includes(head)))
            }
          />
        </details>
      ) : null}
      <table className="list">
        <caption className="away">{caption}</caption>
        <thead>
          <tr title={isWhole ? undefined : t.inPages}>
            {shown.map(({ head, isNumber, sortBy }) => {
              const isBy = head === by;
              return (
                <th
                  key={head}
                  scope="col"
                  className={isNumber ? 'number' : undefined}
                  {...(isBy && { 'aria-sort': sign > 0 ? 'ascending' : 'descending' })}
                >
                  {sortBy === null ? (
                    head
                  ) : (
                    <Button
                      size="small"
                      type="text"
                      style={{ padding: 0, color: 'inherit', font: 'inherit' }}
                      iconPlacement="end"
                      icon={
                        isBy ? sign > 0 ? <CaretUpOutlined aria-hidden /> : <CaretDownOutlined aria-hidden /> : null
                      }
                      // A first click shows the largest numbers, or the first names.
                      onClick={() => setOrder({ by: head, sign: isBy ? -sign : isNumber ? -1 : 1 })}
                    >
                      {head}
                    </Button>
                  )}
                </th>
              );
            })}
          </tr>
        </thead>
        <tbody>
          {sorted.map((row) => (
            <tr key={rowKey(row)}>
              {shown.map(({ head, cell, isNumber }) => (
                <td key={head} data-head={head} className={isNumber ? 'number' : undefined}>
                  {/* One element beside the head of the column, where they stand side by side. */}
                  <div>{cell(row)}</div>
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}

const MANY = 6;

/** What is not known comes first. */
function compared(a: unknown, b: unknown): number {
  if (a == null || b == null) return Number(a != null) - Number(b != null);
  if (typeof a === 'string' && typeof b === 'string') return a.localeCompare(b, 'zh-u-co-pinyin');
  // Several things by how many they are.
  if (Array.isArray(a) && Array.isArray(b)) return a.length - b.length;
  return Number(a) - Number(b) || 0;
}

type List<Row> = Pick<Rows<Row>, 'columns' | 'rowKey'> & {
  /** The property of the answer that holds the rows, if that is not the declared one. */
  name?: string;
  /** What is said of an empty list without filters and what to do next, and its own refusals. */
  words?: { readonly none?: string; readonly noneText?: string; readonly problems?: ProblemWords };
  /** The button that does what is next, or leads there. */
  noneNext?: ReactNode;
};

/** What the browser's history has of a page that was come to from the one before. */
const PAGED = { isPaged: true };

/**
 * The list that the service declares for the path of the screen (`/records` for `/records.json`) and answers in parts: it is asked
 * with the query of the page's address, so that the address says what is shown, and `Next` of the answer leads to the next part.
 */
export function ListTable<Row>({ name, words = {}, noneNext, ...table }: List<Row>) {
  const t = useWords(WORDS);
  const place = usePlace();
  const [path] = useLocation();
  const { Rows } = useDeclared(path);
  const { of, query, linkTo } = useFilters();
  const isLater = of('after') !== '';
  const came = useHistoryState<typeof PAGED | null>();
  return (
    <Answered<{ readonly [name: string]: readonly Row[] } & { readonly Next: string | null }>
      path={withQuery(`${path}.json`, query)}
      words={words.problems}
    >
      {({ Next: next = null, [name ?? Rows]: rows = [] }) => {
        if (rows.length === 0 && query === '')
          return (
            <Nothing title={words.none ?? t.none} text={words.noneText}>
              {noneNext}
            </Nothing>
          );
        if (rows.length === 0 && !isLater)
          return (
            <Nothing title={t.noneFiltered} text={t.change}>
              <ScreenButton href={path}>{t.clear}</ScreenButton>
            </Nothing>
          );
        const isWhole = !isLater && next === null;
        return (
          <>
            <RowsTable {...table} caption={place?.entry.Label ?? ''} rows={rows} isWhole={isWhole} />
            {isWhole ? null : (
              <Flex component="nav" className="below" gap="large" aria-label={t.paging}>
                {isLater ? <Link href={linkTo({})}>{t.first}</Link> : null}
                {isLater && came?.isPaged ? (
                  // The pages before are those of the browser: a place in a list says only what follows.
                  <Button type="link" size="small" onClick={() => window.history.back()}>
                    {t.back}
                  </Button>
                ) : null}
                {next === null ? null : (
                  <Link href={withQuery(path, next.split('?')[1] ?? '')} state={PAGED}>
                    {t.next}
                  </Link>
                )}
              </Flex>
            )}
          </>
        );
      }}
    </Answered>
  );
}

/** A screen that shows the list that the service declares for its path: with its title, filters and files. */
export function ListScreen<Row>({
  words,
  actions,
  fields = [],
  above,
  children,
  ...list
}: List<Row> & {
  words: { readonly about: string };
  actions?: ReactNode;
  fields?: readonly FilterField[];
  /** What was made a moment ago, and is seen before the list. */
  above?: ReactNode;
  children?: ReactNode;
}) {
  const [path] = useLocation();
  const { HasFile } = useDeclared(path);
  return (
    <ScreenPage
      about={words.about}
      actions={
        <>
          {actions}
          {HasFile ? <Downloads /> : null}
        </>
      }
    >
      {above}
      <Panel>
        <FilterBar fields={fields} />
        <ListTable<Row> {...list} words={words} />
      </Panel>
      {children}
    </ScreenPage>
  );
}
