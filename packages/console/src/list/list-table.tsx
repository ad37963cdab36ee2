import { CaretDownOutlined, CaretUpOutlined } from '@ant-design/icons';
import { Button, Checkbox, Flex } from 'antd';
import { type Key, type ReactNode, useState } from 'react';
import { Link, useLocation } from 'wouter';
import { useHistoryState } from 'wouter/use-browser-location';
import { inEachLanguage, useDeclared, useWords } from '../begin/begun.ts';
import { useKept } from '../data/kept.ts';
import { Element, type ElementOf, useElementName } from '../look/element.tsx';
import { ScreenButton } from '../look/screen-link.tsx';
import { usePlace } from '../shell/menu.tsx';
import { Panel, ScreenPage } from '../shell/screen-page.tsx';
import { Answered, Nothing, type ProblemWords } from '../states/states.tsx';
import { Downloads } from './downloads.tsx';
import { FilterBar } from './filter-bar.tsx';
import type { FilterField } from './filter-field.ts';
import { useFilters, withQuery } from './use-filters.ts';

/** An element of the rows under what it is called everywhere, or under another head; or cells of its own. */
export type Column<Row> = ElementOf<Row> | { readonly head: string; readonly of: ElementOf<Row> } | OwnColumn<Row>;

type OwnColumn<Row> = {
  readonly head: string;
  readonly cell: (row: Row) => ReactNode;
  readonly isNumber?: boolean;
  /** What its head sorts by, of a table whose rows are all there; a list in pages keeps the order of the service. */
  readonly sortBy?: ((row: Row) => unknown) | undefined;
};

/** The columns of a table; elements are sorted by what they are, where the rows are all there. */
function useOwnColumns<Row>(columns: readonly Column<Row>[], rows: readonly Row[], isWhole: boolean): OwnColumn<Row>[] {
  const nameOf = useElementName();
  return columns.map((column) => {
    if (typeof column !== 'string' && 'cell' in column) return isWhole ? column : { ...column, sortBy: undefined };
    const { head, of } = typeof column === 'string' ? { head: nameOf(column), of: column } : column;
    const inRow = (row: Row) => row[of as keyof Row];
    return {
      head,
      cell: (row) => <Element of={row as object} name={of} />,
      isNumber: rows.some((row) => typeof inRow(row) === 'number'),
      sortBy: isWhole && rows.length > 1 && rows.every((row) => isComparable(inRow(row))) ? inRow : undefined,
    };
  });
}

const isComparable = (value: unknown) => value === null || ['string', 'number', 'boolean'].includes(typeof value);

const WORDS = inEachLanguage({
  paging: ['翻页', 'Pages'],
  first: ['回到第一页', 'Back to the first page'],
  back: ['上一页', 'Page before'],
  next: ['下一页', 'Next page'],
  none: ['暂无数据', 'There is nothing yet'],
  noneFiltered: ['没有符合条件的数据', 'Nothing fits'],
  columns: ['列', 'Columns'],
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
};

/** A part of a screen that is a table, with what it is about and what is said where there are no rows. */
export function TablePanel<Row>({
  title,
  actions,
  about,
  none,
  ...table
}: Omit<Rows<Row>, 'caption'> & { title: string; actions?: ReactNode; about?: string; none?: string }) {
  return (
    <Panel title={title} actions={actions}>
      {about === undefined ? null : <p className="quiet">{about}</p>}
      {table.rows.length === 0 && none !== undefined ? (
        <Nothing title={none} />
      ) : (
        <RowsTable caption={title} {...table} />
      )}
    </Panel>
  );
}

/** Rows as a table; on a narrow screen each row is a block, with the heads of the columns before their values. */
export function RowsTable<Row>({ caption, columns: declared, rows, rowKey, isWhole = true }: Rows<Row>) {
  const t = useWords(WORDS);
  const [path] = useLocation();
  const columns = useOwnColumns(declared, rows, isWhole);
  const heads = columns.map(({ head }) => head);
  const [hidden, setHidden] = useKept<readonly string[]>(`columns ${path}`, []);
  const [order, setOrder] = useState<Order | null>(null);
  const hasMany = columns.length >= MANY;
  const shown = hasMany ? columns.filter(({ head }) => !hidden.includes(head)) : columns;
  const { by = '', sign = 1 } = order ?? {};
  const sortBy = columns.find(({ head }) => head === by)?.sortBy;
  const sorted = sortBy === undefined ? rows : rows.toSorted((a, b) => sign * compared(sortBy(a), sortBy(b)));
  return (
    <>
      {hasMany && rows.length > 1 ? (
        <details>
          <summary>{t.columns}</summary>
          <Checkbox.Group
            options={heads}
            value={heads.filter((head) => !hidden.includes(head))}
            // Tables of a page share what is hidden, and another one may have other columns.
            onChange={(chosen) =>
              setHidden(
                [...hidden, ...heads].filter((head, at, all) => !chosen.includes(head) && all.indexOf(head) === at),
              )
            }
          />
        </details>
      ) : null}
      <table className="list">
        <caption className="away">{caption}</caption>
        <thead>
          <tr>
            {shown.map((column) => (
              <Head key={column.head} {...column} order={order} set={setOrder} />
            ))}
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

type Order = { readonly by: string; readonly sign: 1 | -1 };

function compared(a: unknown, b: unknown): number {
  if (typeof a === 'string' && typeof b === 'string') return a.localeCompare(b, 'zh-u-co-pinyin');
  // What is not known comes first.
  return Number(a ?? Number.NEGATIVE_INFINITY) - Number(b ?? Number.NEGATIVE_INFINITY) || 0;
}

/** The head of a column; a first click shows the largest numbers, or the first names. */
function Head<Row>({
  head,
  isNumber = false,
  sortBy,
  order,
  set,
}: OwnColumn<Row> & { order: Order | null; set(order: Order): void }) {
  const sign = order?.by === head ? order.sign : null;
  const next = sign === null ? (isNumber ? -1 : 1) : sign === 1 ? -1 : 1;
  return (
    <th
      scope="col"
      className={isNumber ? 'number' : undefined}
      {...(sign !== null && { 'aria-sort': sign === 1 ? 'ascending' : 'descending' })}
    >
      {sortBy === undefined ? (
        head
      ) : (
        <Button
          size="small"
          type="text"
          style={{ padding: 0, color: 'inherit', font: 'inherit' }}
          iconPlacement="end"
          icon={sign === null ? null : sign === 1 ? <CaretUpOutlined aria-hidden /> : <CaretDownOutlined aria-hidden />}
          onClick={() => set({ by: head, sign: next })}
        >
          {head}
        </Button>
      )}
    </th>
  );
}

type List<Row> = {
  /** The property of the answer that holds the rows, if that is not the declared one. */
  name?: string;
  caption?: string | undefined;
  columns: readonly Column<Row>[];
  rowKey(row: Row): Key;
  /** What is said of an empty list without filters, what to do next, and the button that does it or leads there. */
  none?: string;
  noneText?: string;
  noneNext?: ReactNode;
  problems?: ProblemWords;
};

/** What the browser's history has of a page that was come to from the one before. */
const PAGED = { isPaged: true };

/**
 * The list that the service declares for the path of the screen (`/records` for `/records.json`) and answers in parts: it is asked with the query of the page's address, so that the address says
 * what is shown, and `Next` of the answer leads to the next part.
 */
export function ListTable<Row>({ name, caption, none, noneText, noneNext, problems, ...table }: List<Row>) {
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
      words={problems}
    >
      {({ Next: next = null, [name ?? Rows]: rows = [] }) =>
        rows.length > 0 || isLater ? (
          <>
            <RowsTable
              {...table}
              caption={caption ?? place?.entry.Label ?? ''}
              rows={rows}
              isWhole={!isLater && next === null}
            />
            {isLater || next !== null ? (
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
            ) : null}
          </>
        ) : query === '' ? (
          <Nothing title={none ?? t.none} text={noneText}>
            {noneNext}
          </Nothing>
        ) : (
          <Nothing title={t.noneFiltered} text={t.change}>
            <ScreenButton href={path}>{t.clear}</ScreenButton>
          </Nothing>
        )
      }
    </Answered>
  );
}

/** A screen that shows the list that the service declares for its path: with its title, filters and files. */
export function ListScreen<Row>({
  about,
  actions,
  fields,
  above,
  children,
  ...list
}: Omit<List<Row>, 'caption'> & {
  about: string;
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
      about={about}
      actions={
        <>
          {actions}
          {HasFile ? <Downloads /> : null}
        </>
      }
    >
      {above}
      <Panel>
        <FilterBar {...(fields && { fields })} />
        <ListTable<Row> {...list} />
      </Panel>
      {children}
    </ScreenPage>
  );
}
