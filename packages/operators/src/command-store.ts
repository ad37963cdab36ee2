import type { Store } from '@ticket-check/storage';
import { auditLogOf } from './audit/audit-log.ts';
import { commandFrom, systemUser } from './command-from.ts';
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

  /** What was changed gets its place in the audit at once, also where no service runs. One that fails is made up for by the next. */
  async function changing<T>(run: (store: Store<DB>) => Promise<T>): Promise<T> {
    return read(async (store) => {
      const result = await run(store);
      await auditLogOf(store)
        .sequence()
        .catch(() => {});
      return result;
    });
  }

  const by = () => ({ actor: systemUser(), from: commandFrom(), now });
  return {
    read,
    change: (asked, change, outcome) =>
      changing((store) => runOperation(store, { ...asked, ...by() }, change, outcome)),
    changeInParts: (asked, change, outcome) =>
      changing((store) => runLongOperation(store, { ...asked, ...by() }, change, outcome)),
  };
}
