import { z } from 'zod';

/** An entry of the audit: its place in the log, null if it has none yet, and its line, which is the leaf itself. */
export const AUDIT_ROW = z.object({ Index: z.number().nullable(), Line: z.string() });

export type AuditRow = z.output<typeof AUDIT_ROW>;

export type AuditBesides = {
  /** What is declared, by its name, in both languages. */
  readonly Titles: Readonly<Record<string, { readonly zh: string; readonly en: string }>>;
  /** Null if they are too many to choose from. */
  readonly Actors: readonly string[] | null;
};
