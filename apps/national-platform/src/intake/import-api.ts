import { type Call, type SignedApi, signedApi } from '@ticket-check/exchange';
import { intakeReplyJson, ProtocolError, rowsQuery } from '@ticket-check/protocol';
import { turn } from '@ticket-check/runtime';
import { originOfCall } from '../imported-rows.ts';
import { type Intake, importRows } from './import-rows.ts';
import { countIntake } from './intake-counts.ts';
import type { RowKind } from './kinds.ts';

/**
 * The signed Api for one kind of rows, for accounts of a data source. All rows of a request are imported or none: a bad row
 * refuses the request and is named in the answer. Importing again changes nothing, and an older request never undoes a newer
 * one. Reading E7.
 */
export function importApi<Row, Unread>(kind: RowKind<Row, Unread>, intake: Intake): SignedApi {
  const api = signedApi<{ rows: Unread[] }>({
    name: kind.api,
    role: 'data-source',
    priority: 'background',
    bulk: true,
    query: rowsQuery(kind.list, kind.row),
    cinemasOf: ({ rows }) => [...new Set(rows.map((row) => kind.cinemaOf(row)).filter((cinema) => cinema !== null))],
    async handle({ rows }, call) {
      try {
        return intakeReplyJson(await importRows(kind, intake, await finishRows(kind, rows), originOfCall(call)));
      } catch (error) {
        throw withPlace(error, kind.list);
      }
    },
  });
  return {
    ...api,
    async answer(queryData, call) {
      try {
        return await api.answer(queryData, call);
      } catch (error) {
        if (error instanceof ProtocolError) await noteRefusal(error, call);
        throw error;
      }
    },
  };

  /** The caller learns why the request was refused, not that counting it failed. */
  async function noteRefusal({ code: errorCode }: ProtocolError, { account, log }: Call): Promise<void> {
    const refused = { source: account.username, kind: kind.name };
    await countIntake(intake.store.db, { ...refused, now: intake.now }, { errorCode }).catch((err: unknown) => {
      log.error({ err, ...refused, errorCode }, 'failed to count a refused import');
    });
  }
}

/** Names the refused row like a malformed element. */
function withPlace(error: unknown, list: string): unknown {
  const index = error instanceof ProtocolError ? error.details?.index : undefined;
  if (!(error instanceof ProtocolError) || typeof index !== 'number') return error;
  return new ProtocolError(error.code, `${list}[${index}].${error.message}`, error.details, error.status);
}

/**
 * Reads the rest of the rows of one request, in slices that let everybody else have their turn: a thousand keys take up to
 * two seconds.
 *
 * @throws ProtocolError with the `index` of the first row that cannot be read in its details; HTTP status 400.
 */
export async function finishRows<Row, Unread>(
  { finish }: Pick<RowKind<Row, Unread>, 'finish'>,
  unread: readonly Unread[],
): Promise<Row[]> {
  const rows: Row[] = [];
  for (const [index, row] of unread.entries()) {
    await turn();
    try {
      rows.push(finish(row));
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      throw new ProtocolError(error.code, error.message, { ...error.details, index }, 400);
    }
  }
  return rows;
}
