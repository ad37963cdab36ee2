import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import type Database from 'better-sqlite3';
import { BUSY_TIMEOUT_MS, busy, isBusy } from './sqlite-busy.ts';
import { openSqliteFile, openToRead } from './sqlite-file.ts';
import { type Answer, carryError, type Opening, packRows, type Question } from './sqlite-message.ts';
import { Statements } from './statements.ts';

// The thread of one database: it alone holds the connection, and answers one question after the other.

const NOTHING: Answer = { changes: 0, insertId: 0 };
const ENDED = 'The transaction has ended: it could not begin, or the database has taken it back.';

function answer(db: Database.Database, statements: Statements, question: Question): Answer {
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

async function serve(port: MessagePort, { path, key, readOnly = false }: Opening): Promise<void> {
  let db: Database.Database;
  try {
    db = readOnly ? openToRead(path, key, BUSY_TIMEOUT_MS) : await openSqliteFile(path, key);
  } catch (error) {
    port.postMessage({ failed: carryError(error) } satisfies Answer);
    return;
  }
  const statements = new Statements(db);
  port.on('message', (question: Question) => {
    port.postMessage(attempt(() => answer(db, statements, question)));
    if (question.do === 'close') port.close();
  });
  port.postMessage(NOTHING);
}

if (parentPort !== null) await serve(parentPort, workerData);
