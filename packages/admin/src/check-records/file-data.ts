import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { countFound, type FileFormat, fileOf, type Row, type Table } from '@ticket-check/check-records';
import { type OperationTables, runReading } from '@ticket-check/operators';
import { turn } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import type { JsonRequest, SentFile } from '../page.ts';
import { DataRefused } from '../sent-texts.ts';
import { searchIn, searchJson } from './record-data.ts';
import { dayTable, recordTable, reportRows } from './record-tables.ts';
import { reportIn, reportJson } from './report-data.ts';
import type { RecordSource } from './source.ts';

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
  const { store, now, limits } = source;

  /** @throws DataRefused if another file of the same person is under way. */
  async function send(request: JsonRequest, format: FileFormat, prepare: () => Promise<FileToSend>): Promise<SentFile> {
    const { actor, address, byToken, language, signal } = request;
    const begun = Promise.withResolvers<SentFile>();
    // It holds nothing, so that the file is made no faster than the client takes it.
    const body = new PassThrough({ highWaterMark: 0 }).on('error', () => {});
    const work = limits.runLong(actor, async () => {
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
          begun.resolve({ type: TYPES[format], name: `${fileName}.${format}`, body });
          for await (const chunk of fileOf({ ...table, rows: counted() }, format, language)) {
            if (body.write(chunk)) continue;
            await once(body, 'drain', { signal }).catch((error: unknown) => {
              signal.throwIfAborted();
              throw error;
            });
          }
        },
        () => ({ rows }),
      );
    });
    // The last byte leaves once the audit has its end; a client that got a part is cut off.
    work.then(
      () => body.end(),
      (error) => {
        begun.reject(error);
        body.destroy(error);
      },
    );
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
        return {
          name: 'report records',
          what: searchJson(search),
          table: recordTable(source, search, signal),
          fileName: `records-${search.date}`,
        };
      }),

    report: (format: FileFormat) => (request: JsonRequest) =>
      send(request, format, async () => {
        const asked = reportIn(request, now);
        const rows = await reportRows(source, asked, request.signal);
        return {
          name: 'report day',
          what: reportJson(asked),
          table: dayTable(source, rows),
          fileName: `report-${asked.date}`,
        };
      }),
  };
}
