import { userInfo } from 'node:os';
import type { Store } from '@ticket-check/storage';
import type { OperationTables } from './migrations.ts';
import { runLongOperation, runOperation } from './operation.ts';

/** How commands get at a service's store: opened for the time of one command, beside a running service. */
export type CommandStore<DB> = {
  read<T>(run: (store: Store<DB>) => Promise<T>): Promise<T>;
  /** Changes something and writes down who did, in one transaction: `runOperation`. */
  change<T>(
    asked: { name: string; what: object },
    change: (store: Store<DB>) => Promise<T>,
    outcome?: (result: T) => object,
  ): Promise<T>;
  /** The same for what takes too long for one: `runLongOperation`. */
  changeInParts<T>(
    asked: { name: string; what: object },
    change: (store: Store<DB>) => Promise<T>,
    outcome: (result: T) => object,
  ): Promise<T>;
};

/** @param open opens the store, which is closed after each command */
export function createCommandStore<DB extends OperationTables>(
  open: () => Promise<Store<DB>>,
  now: () => number,
): CommandStore<DB> {
  async function read<T>(run: (store: Store<DB>) => Promise<T>): Promise<T> {
    const store = await open();
    try {
      return await run(store);
    } finally {
      await store.close();
    }
  }

  return {
    read,
    change: (asked, change, outcome) =>
      read((store) => runOperation(store, { ...asked, actor: systemUser(), now }, change, outcome)),
    changeInParts: (asked, change, outcome) =>
      read((store) => runLongOperation(store, { ...asked, actor: systemUser(), now }, change, outcome)),
  };
}

/** In containers a user may have a number and no name. */
function systemUser(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.() ?? 'unknown'}`;
  }
}
