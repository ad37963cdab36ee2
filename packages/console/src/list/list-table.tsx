import type { Key, ReactNode } from 'react';
import { Link, useLocation } from 'wouter';
import { type InEachLanguage, useWords } from '../begin/begun.ts';
import { LiveLabel, useLiveJson } from '../live/use-live.tsx';
import { Answered, Nothing, type ProblemWords } from '../states/states.tsx';
import { useFilters, withQuery } from './use-filters.ts';

export type Column<Row> = {
  readonly head: string;
  readonly cell: (row: Row) => ReactNode;
  /** Numbers stand under each other. */
  readonly isNumber?: boolean;
};

const zh = {
  paging: '翻页',
  first: '回到第一页',
  next: '下一页',
  none: '暂无数据',
  noneFiltered: '没有符合条件的数据',
  change: '请更改或清除上面的条件。',
};
const WORDS: InEachLanguage<typeof zh> = {
  zh,
  en: {
    paging: 'Pages',
    first: 'Back to the first page',
    next: 'Next page',
    none: 'There is nothing yet',
    noneFiltered: 'Nothing fits',
    change: 'Change or clear what you asked for above.',
  },
};

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

/**
 * A list that the service answers in parts: it asks `path` with the query of the page's address, so that the address says what is
 * shown, and `Next` of the answer leads to the next part.
 */
export function ListTable<Row>({
  path,
  name,
  live,
  above,
  empty,
  problems,
  ...table
}: {
  /** Such as `/records.json`. */
  path: string;
  /** The property of the answer that holds the rows, such as `Records`. */
  name: string;
  /** The topic that updates the list; without it the list stays as it was loaded. */
  live?: string;
  /** Renders the rest of the answer, above the rows. */
  above?(data: Readonly<Record<string, unknown>>): ReactNode;
  caption: string;
  columns: readonly Column<Row>[];
  rowKey(row: Row): Key;
  /** Shown for an empty list without filters: `Nothing`, with what to do next. */
  empty?: ReactNode;
  problems?: ProblemWords;
}) {
  const t = useWords(WORDS);
  const { of, query } = useFilters();
  const [location] = useLocation();
  const { answer, freshness } = useLiveJson<
    { readonly [name: string]: readonly Row[] } & { readonly Next: string | null }
  >(withQuery(path, query), live);
  const isLater = of('after') !== '';
  const first = new URLSearchParams(query);
  first.delete('after');
  return (
    <Answered query={answer} {...(problems && { words: problems })}>
      {(data) => {
        const rows = data[name] ?? [];
        const next: string | null = data.Next ?? null;
        const shown =
          rows.length > 0 || isLater ? (
            <>
              <RowsTable {...table} rows={rows} />
              {isLater || next !== null ? (
                <nav className="paging" aria-label={t.paging}>
                  {isLater ? <Link href={withQuery(location, first.toString())}>{t.first}</Link> : null}
                  {next === null ? null : <Link href={withQuery(location, next.split('?')[1] ?? '')}>{t.next}</Link>}
                </nav>
              ) : null}
            </>
          ) : query === '' ? (
            (empty ?? <Nothing title={t.none} />)
          ) : (
            <Nothing title={t.noneFiltered} text={t.change} />
          );
        if (live === undefined && above === undefined) return shown;
        return (
          <>
            {live === undefined ? null : <LiveLabel freshness={freshness} />}
            {above?.(data)}
            {shown}
          </>
        );
      }}
    </Answered>
  );
}
