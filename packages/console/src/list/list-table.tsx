import type { Key, ReactNode } from 'react';
import { Link } from 'wouter';
import { inEachLanguage, useWords } from '../begin/begun.ts';
import { Panel, ScreenPage } from '../shell/screen-page.tsx';
import { Answered, Nothing, type ProblemWords } from '../states/states.tsx';
import { Downloads } from './downloads.tsx';
import { FilterBar, type FilterField } from './filter-bar.tsx';
import { useFilters, withQuery } from './use-filters.ts';

export type Column<Row> = {
  readonly head: string;
  readonly cell: (row: Row) => ReactNode;
  /** Numbers stand under each other. */
  readonly isNumber?: boolean;
};

const WORDS = inEachLanguage({
  paging: ['翻页', 'Pages'],
  first: ['回到第一页', 'Back to the first page'],
  next: ['下一页', 'Next page'],
  none: ['暂无数据', 'There is nothing yet'],
  noneFiltered: ['没有符合条件的数据', 'Nothing fits'],
  change: ['请更改或清除上面的条件。', 'Change or clear what you asked for above.'],
});

/** Rows as a table; on a narrow screen each row is a block, with the heads of the columns before their values. */
export function RowsTable<Row>({
  caption,
  columns,
  rows,
  rowKey,
}: {
  /** The table's content, for screen readers. */
  caption: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  rowKey(row: Row): Key;
}) {
  return (
    <table className="list">
      <caption className="away">{caption}</caption>
      <thead>
        <tr>
          {columns.map(({ head, isNumber }) => (
            <th key={head} scope="col" className={isNumber ? 'number' : undefined}>
              {head}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={rowKey(row)}>
            {columns.map(({ head, cell, isNumber }) => (
              <td key={head} data-head={head} className={isNumber ? 'number' : undefined}>
                {/* One element beside the head of the column, where they stand side by side. */}
                <div>{cell(row)}</div>
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

type List<Row> = {
  /** The path of the screen, which is that of the list with `.json` and names the topic: `/records`. */
  path: string;
  /** The property of the answer that holds the rows, such as `Records`. */
  name: string;
  /** Whether a topic updates the list; it stays as it was loaded if not. */
  isLive?: boolean;
  caption: string;
  columns: readonly Column<Row>[];
  rowKey(row: Row): Key;
  /** What is said of an empty list without filters, what to do next, and the button that does it or leads there. */
  none?: string;
  noneText?: string;
  noneNext?: ReactNode;
  problems?: ProblemWords;
};

/**
 * A list that the service answers in parts: it is asked with the query of the page's address, so that the address says what is
 * shown, and `Next` of the answer leads to the next part.
 */
export function ListTable<Row>({
  path,
  name,
  isLive = false,
  none,
  noneText,
  noneNext,
  problems,
  ...table
}: List<Row>) {
  const t = useWords(WORDS);
  const { of, query, linkTo } = useFilters();
  const isLater = of('after') !== '';
  return (
    <Answered<{ readonly [name: string]: readonly Row[] } & { readonly Next: string | null }>
      path={withQuery(`${path}.json`, query)}
      live={isLive ? path.slice(1) : undefined}
      words={problems}
    >
      {({ Next: next = null, [name]: rows = [] }) =>
        rows.length > 0 || isLater ? (
          <>
            <RowsTable {...table} rows={rows} />
            {isLater || next !== null ? (
              <nav className="paging" aria-label={t.paging}>
                {isLater ? <Link href={linkTo({})}>{t.first}</Link> : null}
                {next === null ? null : <Link href={withQuery(path, next.split('?')[1] ?? '')}>{t.next}</Link>}
              </nav>
            ) : null}
          </>
        ) : query === '' ? (
          <Nothing title={none ?? t.none} text={noneText}>
            {noneNext}
          </Nothing>
        ) : (
          <Nothing title={t.noneFiltered} text={t.change} />
        )
      }
    </Answered>
  );
}

/** A screen that shows a list, with what it is about and its filters. */
export function ListScreen<Row>({
  title,
  about,
  actions,
  fields = [],
  hasFile = false,
  children,
  ...list
}: Omit<List<Row>, 'caption'> & {
  title: string;
  about: string;
  actions?: ReactNode;
  fields?: readonly FilterField[];
  /** Whether it is taken as a file too. */
  hasFile?: boolean;
  /** What stands below the list. */
  children?: ReactNode;
}) {
  return (
    <ScreenPage
      title={title}
      about={about}
      actions={
        <>
          {actions}
          {hasFile ? <Downloads path={list.path} /> : null}
        </>
      }
    >
      <Panel>
        {fields.length === 0 ? null : <FilterBar fields={fields} />}
        <ListTable<Row> caption={title} {...list} />
      </Panel>
      {children}
    </ScreenPage>
  );
}
