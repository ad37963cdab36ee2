import pg from 'pg';
import { vi } from 'vitest';

type Connection = { parse(message: { text: string }): void; query(text: string): void; sync(): void };

/** Notes what goes to PostgreSQL: the statements, and how many messages end a transaction outside an open one. */
export function watchProtocol() {
  const statements: string[] = [];
  let commits = 0;
  const watched = (pg as unknown as { Connection: { prototype: Connection } }).Connection.prototype;
  const { parse, query, sync } = watched;
  const note = (text: string) => statements.push(...text.split(';').map((each) => each.trim().slice(0, 60)));
  vi.spyOn(watched, 'parse').mockImplementation(function (this: Connection, message) {
    note(message.text);
    parse.call(this, message);
  });
  vi.spyOn(watched, 'query').mockImplementation(function (this: Connection, text) {
    note(text);
    commits += 1;
    query.call(this, text);
  });
  vi.spyOn(watched, 'sync').mockImplementation(function (this: Connection) {
    commits += 1;
    sync.call(this);
  });
  return {
    take() {
      const taken = { statements: statements.splice(0), commits };
      commits = 0;
      return taken;
    },
  };
}
