import { AsyncLocalStorage } from 'node:async_hooks';

/** What is asked of a database for somebody who waits for it goes before everything else that waits there. */
export type Urgency = { readonly urgent?: boolean };

const current = new AsyncLocalStorage<boolean>();

/** Makes what `ask` asks as urgent as this. */
export function withUrgency<T>({ urgent = false }: Urgency, ask: () => T): T {
  return current.run(urgent, ask);
}

export function isUrgent(): boolean {
  return current.getStore() === true;
}
