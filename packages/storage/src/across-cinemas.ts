import { type RawBuilder, sql } from 'kysely';

/** Why a statement is meant to read all cinemas. Every other statement says `cinema_code = $n` of each table with cinemas. */
const REASONS = {
  report: 'A report or a list counts or pages over all cinemas. What runs on `Store.reports` is marked already.',
  feed: 'A reader of the feed of changes has more cinemas than can be read one by one.',
  waiting: 'A job looks in which cinemas something waits, up to a bounded number.',
  retention: 'What is old is found by its time.',
  key: 'A person asks by a RecordId, or a caller by an account, that may be of any cinema.',
  command: 'An operator changes all cinemas by one command.',
} as const;

/**
 * Marks a statement that is meant to read all cinemas by a comment in its text, not first: its beginning says whether it
 * writes. Tests on partitioned tables refuse any other that reads several parts.
 */
export function acrossCinemas(reason: keyof typeof REASONS): RawBuilder<never> {
  return sql.raw(commentFor(reason));
}

export function commentFor(reason: keyof typeof REASONS): string {
  return `/* all cinemas: ${reason} */`;
}
