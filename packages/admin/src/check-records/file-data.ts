import {
  allFound,
  countFound,
  DAY_TITLE,
  dayColumns,
  type FileFormat,
  fileOf,
  RECORDS_TITLE,
  type Row,
  recordColumns,
  type Table,
  wayJson,
} from '@ticket-check/check-records';
import type { OperationTables } from '@ticket-check/operators';
import { runReading } from '@ticket-check/operators';
import { turn } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import { DataRefused } from '../data-refused.ts';
import type { JsonRequest, SentFile } from '../page.ts';
import { searchIn, searchJson } from './record-data.ts';
import { reportIn, reportJson, reportRows } from './report-data.ts';
import type { RecordSource } from './source.ts';
import { streamed } from './streamed.ts';

/** A browser keeps such a file at once, and a spreadsheet opens it. What is more is written where the service runs. */
const MAX_RECORDS = 200_000;

const TYPES: Readonly<Record<FileFormat, string>> = {
  csv: 'text/csv; charset=utf-8',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
};

/** What is sent, and its entry in the audit. */
export type FileToSend = {
  readonly name: string;
  readonly what: object;
  readonly table: Table;
  readonly fileName: string;
};

/** Files of reports, made while they are taken. Who took one, and how far, is written into the audit. */
export function recordFiles(source: RecordSource, audit: Store<OperationTables>, mostRecords = MAX_RECORDS) {
  const { store, now, besides, limits } = source;

  /** @throws DataRefused if another file of the same person is under way. */
  async function send(request: JsonRequest, format: FileFormat, prepare: () => Promise<FileToSend>): Promise<SentFile> {
    const { actor, address, byToken, language, signal } = request;
    const begun = Promise.withResolvers<SentFile>();
    const work: Promise<void> = limits.runLong(actor, async () => {
      const { name, what, table, fileName } = await prepare();
      let rows = 0;
      async function* counted(): AsyncGenerator<Row> {
        for await (const row of table.rows) {
          rows += 1;
          yield row;
          await turn();
        }
      }
      const asked = { name, actor, from: address, what: { ...what, format }, now, byMachine: byToken };
      await runReading(
        audit,
        asked,
        async () => {
          const make = () => fileOf({ ...table, rows: counted() }, format, language);
          const { body, ended } = streamed(make, signal, () => work);
          begun.resolve({ type: TYPES[format], name: `${fileName}.${format}`, body });
          await ended;
        },
        () => ({ rows }),
      );
    });
    // A failure after the first byte ends the response by itself.
    work.catch(begun.reject);
    return begun.promise;
  }

  return {
    send,

    records: (format: FileFormat) => (request: JsonRequest) =>
      send(request, format, async () => {
        const search = searchIn(request, now);
        const { signal } = request;
        const count = await countFound(store, search, { max: mostRecords, signal });
        if (count > mostRecords) {
          throw new DataRefused(
            'too-many-rows',
            `These are more than ${mostRecords} records: narrow it down to one cinema, or let the administrator run \`report records\` on the machine of the service.`,
          );
        }
        async function* rows(): AsyncGenerator<Row> {
          for await (const page of allFound(store, search, signal)) {
            const more = await besides?.recordRows(page.map(({ recordId }) => recordId));
            for (const record of page) yield { ...wayJson(record, source), ...more?.get(record.recordId) };
          }
        }
        const columns = [...recordColumns(source), ...(besides?.recordColumns ?? [])];
        return {
          name: 'report records',
          what: searchJson(search),
          table: { title: RECORDS_TITLE, columns, rows: rows() },
          fileName: `records-${search.date}`,
        };
      }),

    report: (format: FileFormat) => (request: JsonRequest) =>
      send(request, format, async () => {
        const asked = reportIn(request, now);
        const made = await reportRows(source, asked, request.signal);
        async function* rows(): AsyncGenerator<Row> {
          yield* made;
        }
        const columns = [...dayColumns(source), ...(besides?.dayColumns ?? [])];
        return {
          name: 'report day',
          what: reportJson(asked),
          table: { title: DAY_TITLE, columns, rows: rows() },
          fileName: `report-${asked.date}`,
        };
      }),
  };
}
