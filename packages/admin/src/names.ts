import { type Column, column, type Row, type Table } from '@ticket-check/check-records';
import { sharedFor } from '@ticket-check/runtime';
import type { JsonRequest, NamesSource, PageSet } from './page.ts';

/** Most people see all cinemas, which may be many thousands: their names are read once for all who ask in this time. */
const KEPT_MS = 1000;

type Kind = NamesSource['kind'];

/** Loads the codes of a kind that somebody may see, with their names; null if there is no source of these names for them. */
export type NamesOf = (
  kind: Kind,
  asker: Pick<JsonRequest, 'permits' | 'cinemaCodes'>,
) => Promise<readonly (readonly [code: string, name: string])[] | null>;

export function createNames(sets: readonly PageSet[]): NamesOf {
  const sources = sets
    .flatMap((set) => set.names ?? [])
    .map((source) => ({ ...source, all: sharedFor(KEPT_MS, () => source.names('all')) }));
  return async (kind, { permits, cinemaCodes }) => {
    const source = sources.findLast((one) => one.kind === kind && permits(one.permission));
    if (source === undefined) return null;
    return cinemaCodes === 'all' ? source.all() : source.names(cinemaCodes);
  };
}

const BESIDE: Readonly<Record<string, readonly [Kind, Column]>> = {
  CinemaCode: ['cinema', column('CinemaName', '影院', 'Cinema')],
  CinemaCodes: ['cinema', column('CinemaNames', '影院', 'Cinemas')],
  Account: ['account', column('AccountName', '账号名称', 'Name of the account')],
};

/** Puts the names of cinemas and accounts beside their codes. */
export async function withNames(table: Table, namesOf: JsonRequest['namesOf']): Promise<Table> {
  if (namesOf === undefined) return table;
  const has = (name: string) => table.columns.some((one) => one.name === name);
  const columns = table.columns.map(async (one): Promise<readonly Column[]> => {
    const [kind, beside] = BESIDE[one.name] ?? [];
    const known = kind === undefined || beside === undefined || has(beside.name) ? null : await namesOf(kind);
    if (known === null || beside === undefined) return [one];
    const names = new Map(known);
    const nameOf = (code: unknown) => names.get(String(code)) ?? '';
    const of = ({ [one.name]: codes }: Row) => (Array.isArray(codes) ? codes.map(nameOf) : nameOf(codes));
    return [one, { ...beside, of }];
  });
  return { ...table, columns: (await Promise.all(columns)).flat() };
}
