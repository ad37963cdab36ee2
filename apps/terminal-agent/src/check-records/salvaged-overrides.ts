import { ProtocolError, parseRecordId, parseWallClock, VERDICTS } from '@ticket-check/protocol';
import type { SalvagedRow } from '@ticket-check/storage';
import type { OverrideTables } from '../journal/override-tables.ts';

type OverrideRow = OverrideTables['override'];

/** The overrides among the rows of a damaged file, known by their form; each is whole or left out. Reading R10. */
export function* salvagedOverrides(rows: Iterable<SalvagedRow>): Generator<OverrideRow> {
  for (const row of rows) {
    const override = overrideIn(row);
    if (override !== null) yield override;
  }
}

/** A row of the table `override`. */
function overrideIn(row: SalvagedRow): OverrideRow | null {
  if (row.length !== 6 || !row.every((value) => typeof value === 'string')) return null;
  const [recordId = '', overrides = '', verdict = '', reason = '', operator = '', overriddenAt = ''] = row;
  if (!Object.hasOwn(VERDICTS, verdict)) return null;
  try {
    return {
      recordId: parseRecordId(recordId),
      overrides: parseRecordId(overrides),
      verdict,
      reason,
      operator,
      overriddenAt: parseWallClock(overriddenAt),
    };
  } catch (error) {
    if (error instanceof ProtocolError) return null;
    throw error;
  }
}
