import { type MessagePort, parentPort } from 'node:worker_threads';
import { giveWay } from '@ticket-check/runtime/threads';
import type Database from 'better-sqlite3';
import { BUSY_TIMEOUT_MS, busy, isBusy, openSqliteFile, openToRead } from './sqlite-file.ts';
import {
  type Answer,
  carryError,
  type DatabaseQuestion,
  type Opening,
  packRows,
  type Question,
} from './sqlite-message.ts';
import { Statements } from './statements.ts';

// The thread of one database at a time: only it holds the connection, and it answers one query at a time.

type Opened = { readonly db: Database.Database; readonly statements: Statements };

const NOTHING: Answer = { changes: 0, insertId: 0 };
const ENDED = 'The transaction has ended: it could not begin, or the database has taken it back.';

function answer(opened: Opened | undefined, question: DatabaseQuestion): Answer {
  if (opened === undefined) throw new Error('No database is open.');
  const { db, statements } = opened;
  switch (question.do) {
    case 'query': {
      if (question.transaction === 'begins') begin(statements);
      // SQLite would commit it by itself.
      if (question.transaction === 'open' && !db.inTransaction) throw new Error(ENDED);
      const statement = statements.prepare(question.sql);
      if (statement.reader) return packRows(statement.all(question.parameters) as Record<string, unknown>[]);
      const { changes, lastInsertRowid } = statement.run(question.parameters);
      return { changes, insertId: lastInsertRowid };
    }
    case 'batch':
      begin(statements);
      try {
        for (const { sql, parameters } of question.queries) statements.run(sql, parameters);
        statements.run('commit');
      } catch (error) {
        rollBack(db);
        throw error;
      }
      return NOTHING;
    case 'rollback':
      rollBack(db);
      return NOTHING;
    case 'close':
      db.close();
      return NOTHING;
  }
}

const asleep = new Int32Array(new SharedArrayBuffer(4));

// A deferred transaction that reads and then writes fails when another process wrote in between. SQLite's own waiting
// sleeps so long between tries that a busy writer in another process starves it, so we wait here.
function begin(statements: Statements): void {
  const giveUpAt = performance.now() + BUSY_TIMEOUT_MS;
  statements.run('pragma busy_timeout = 0');
  try {
    for (;;) {
      try {
        statements.run('begin immediate');
        return;
      } catch (error) {
        if (!isBusy(error) || performance.now() > giveUpAt) throw error;
      }
      Atomics.wait(asleep, 0, 0, 1);
    }
  } finally {
    statements.run(`pragma busy_timeout = ${BUSY_TIMEOUT_MS}`);
  }
}

// After an error such as a full disk SQLite has done so by itself.
function rollBack(db: Database.Database): void {
  if (db.inTransaction) db.exec('rollback');
}

function attempt(work: () => Answer): Answer {
  try {
    return work();
  } catch (error) {
    return { failed: carryError(isBusy(error) ? busy(error) : error) };
  }
}

async function open({ path, key, readOnly = false }: Opening): Promise<Opened> {
  if (readOnly) giveWay();
  const db = readOnly ? openToRead(path, key, BUSY_TIMEOUT_MS) : await openSqliteFile(path, key);
  return { db, statements: new Statements(db) };
}

function serve(port: MessagePort): void {
  let opened: Opened | undefined;

  async function openNext(opening: Opening): Promise<Answer> {
    try {
      opened = await open(opening);
      return NOTHING;
    } catch (error) {
      return { failed: carryError(error) };
    }
  }

  port.on('message', async (question: Question) => {
    if (question.do === 'end') port.close();
    else if (question.do === 'open') port.postMessage(await openNext(question));
    else port.postMessage(attempt(() => answer(opened, question)));
  });
}

if (parentPort !== null) serve(parentPort);
