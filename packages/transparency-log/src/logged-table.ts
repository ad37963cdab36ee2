import type { Kysely } from 'kysely';

/** A table whose rows are the entries of a log; `logRowsOf` names them to it. */
export type LoggedTable<DB> = {
  /** What the log is called: the beginning of its origin, such as `ticket-check/audit`. */
  readonly name: string;
  /** Their names in the database. */
  readonly table: string;
  readonly key: string;
  /**
   * The leaves of these entries, by entry: what is hashed. It must be possible to make them again from the rows at any time.
   * Entries without a row are left out.
   */
  leaves(db: Kysely<DB>, entries: readonly PlacedEntry[]): Promise<ReadonlyMap<string, string>>;
};

/** An entry and its place in the log, from 0 on. */
type PlacedEntry = { readonly entry: string; readonly position: number };
