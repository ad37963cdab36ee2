import { AsyncLocalStorage } from 'node:async_hooks';

/** Whether somebody waits for the answer, at a gate for example: urgent work goes before everything else that waits for the database. */
export type Urgency = { readonly urgent?: boolean };

const current = new AsyncLocalStorage<boolean>();

/** Runs `ask`, with everything that it asks of a database as urgent as this. */
export function withUrgency<T>({ urgent = false }: Urgency, ask: () => T): T {
  return current.run(urgent, ask);
}

export function isUrgent(): boolean {
  return current.getStore() === true;
}
