import { AsyncLocalStorage } from 'node:async_hooks';
import { StoreError } from './store-error.ts';

interface OpenTransaction {
  readonly of: TransactionScope;
  open: boolean;
}

const current = new AsyncLocalStorage<OpenTransaction>();

/**
 * Knows whether the calling code runs inside a transaction of one store, where waiting for that store's connection
 * would never end.
 */
export class TransactionScope {
  async run<T>(inside: () => Promise<T>): Promise<T> {
    const state: OpenTransaction = { of: this, open: true };
    try {
      return await current.run(state, inside);
    } finally {
      // What was started inside and lives on is outside from here on.
      state.open = false;
    }
  }

  assertOutside(): void {
    const state = current.getStore();
    if (state?.open && state.of === this) throw nested();
  }
}

/** The same for work that will use a store that is not known here. */
export function assertOutsideTransactions(): void {
  if (current.getStore()?.open) throw nested();
}

/** Runs work as if no transaction were open around it. */
export function outsideTransactions<T>(work: () => T): T {
  return current.exit(work);
}

function nested(): StoreError {
  return new StoreError(
    'NESTED_TRANSACTION',
    'Inside a transaction only its own trx may be used: the store itself would wait for the transaction to end.',
  );
}
