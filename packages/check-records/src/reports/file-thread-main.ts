import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { giveWay } from '@ticket-check/runtime/threads';
import { makeFile } from './make-file.ts';
import type { FileFormat, Language, Row, Table } from './table.ts';

// The thread that makes one file without delaying guests: it takes rows as it needs them.

/** What the thread begins with. */
export type FileTask = Omit<Table, 'rows'> & { readonly format: FileFormat; readonly language: Language };

/** What it tells. */
export type FromThread = { readonly wants: 'rows' } | { readonly bytes: Uint8Array } | { readonly made: true };

/** A message to it: rows as JSON, null at their end, or that a part of the file was read. */
export type ToThread = { readonly rows: string | null } | { readonly taken: true };

/** What is handed over at once. */
const BYTES_A_PART = 64 * 1024;
/** Parts made ahead: a file is made no faster than the client reads. */
const MAX_UNTAKEN = 4;

async function make(port: MessagePort, { format, language, ...table }: FileTask): Promise<void> {
  const tell = (what: FromThread, transferred: ArrayBuffer[] = []) => port.postMessage(what, transferred);
  let asked = Promise.withResolvers<string | null>();
  let room = Promise.withResolvers<void>();
  let untaken = 0;
  port.on('message', (told: ToThread) => {
    if ('rows' in told) return asked.resolve(told.rows);
    untaken -= 1;
    room.resolve();
  });

  function ask(): Promise<string | null> {
    asked = Promise.withResolvers();
    tell({ wants: 'rows' });
    return asked.promise;
  }

  async function* rows(): AsyncGenerator<Row> {
    let next = ask();
    for (let page = await next; page !== null; page = await next) {
      // These are read while those are written.
      next = ask();
      yield* JSON.parse(page) as Row[];
    }
  }

  async function send(parts: readonly Uint8Array[], length: number): Promise<void> {
    while (untaken >= MAX_UNTAKEN) {
      room = Promise.withResolvers();
      await room.promise;
    }
    const bytes = new Uint8Array(length);
    let at = 0;
    for (const part of parts) {
      bytes.set(part, at);
      at += part.length;
    }
    untaken += 1;
    tell({ bytes }, [bytes.buffer]);
  }

  let [parts, length]: [Uint8Array[], number] = [[], 0];
  for await (const part of await makeFile({ ...table, rows: rows() }, format, language)) {
    parts.push(part);
    length += part.length;
    if (length < BYTES_A_PART) continue;
    await send(parts, length);
    [parts, length] = [[], 0];
  }
  await send(parts, length);
  tell({ made: true });
  port.close();
}

if (parentPort !== null) {
  giveWay();
  await make(parentPort, workerData);
}
