import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { type FileFormat, fileOf, type Row, type Table } from '@ticket-check/check-records';
import { runReading } from '@ticket-check/operators';
import { turn } from '@ticket-check/runtime';
import type { JsonRequest, SentFile } from '../page.ts';
import type { Reading } from './reading.ts';

const TYPES: Readonly<Record<FileFormat, string>> = {
  csv: 'text/csv; charset=utf-8',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
};

/** Sends a file, made while it is taken; the audit has who took it, and how far. @throws DataRefused */
export async function sendFile(
  { audit, now, runLong }: Reading,
  { actor, address, byToken, language, signal }: JsonRequest,
  format: FileFormat,
  prepare: () => Promise<{ name: string; what: object; table: Table; fileName: string }>,
): Promise<SentFile> {
  const begun = Promise.withResolvers<SentFile>();
  // It holds nothing, so that the file is made no faster than the client takes it.
  const body = new PassThrough({ highWaterMark: 0 }).on('error', () => {});
  const work = runLong(actor, async () => {
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
