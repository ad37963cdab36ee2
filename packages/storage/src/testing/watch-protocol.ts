import pg from 'pg';
import { onTestFinished } from 'vitest';

type Connection = { parse(message: { text: string; name?: string }): void; query(text: string): void; sync(): void };
type Query = { name?: string; text: string; submit(connection: unknown): unknown };

/** Notes what goes to PostgreSQL until the test ends: the statements, and how many messages end a transaction outside an open one. */
export function watchProtocol() {
  const statements: string[] = [];
  let commits = 0;
  const watched = (pg as unknown as { Connection: { prototype: Connection } }).Connection.prototype;
  const { parse, query, sync } = watched;
  const prepared = pg.Query.prototype as unknown as Query;
  const { submit } = prepared;
  onTestFinished(() => {
    Object.assign(watched, { parse, query, sync });
    prepared.submit = submit;
  });
  const note = (text: string) => statements.push(...text.split(';').map((each) => each.trim().slice(0, 60)));
  watched.parse = function (message) {
    if (!message.name) note(message.text);
    parse.call(this, message);
  };
  prepared.submit = function (connection) {
    if (this.name) note(this.text);
    return submit.call(this, connection);
  };
  watched.query = function (text) {
    note(text);
    commits += 1;
    query.call(this, text);
  };
  watched.sync = function () {
    commits += 1;
    sync.call(this);
  };
  return {
    take() {
      const taken = { statements: statements.splice(0), commits };
      commits = 0;
      return taken;
    },
  };
}
