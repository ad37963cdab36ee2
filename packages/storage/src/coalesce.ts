import { AsyncLocalStorage } from 'node:async_hooks';
import { isViolation } from './store-fault.ts';
import { assertOutsideTransactions } from './transaction-scope.ts';

interface Waiting<I, O> {
  readonly item: I;
  readonly resolve: (output: O) => void;
  readonly reject: (reason: unknown) => void;
}

const ENOUGH = 8;

/**
 * Makes single calls share one run: the group commit. Items asked for in one turn of the event loop, or during a run, go
 * to the next run together, in their order, at most `max`. With `windowMs` a group waits so long for others if the one
 * before it had several items, and no longer once it has eight: more save little more.
 * `run` returns one output per item and does all or nothing. What is expected to fail for one item is an output and no
 * error. A value that the database refuses (`isViolation`) rejects only its own item: the group is run again in halves
 * (reading S2). Any other error rejects its whole group.
 * Asking inside an open transaction is refused (StoreError NESTED_TRANSACTION): `run` would wait for it, and it for
 * `run`.
 */
export function coalesce<I, O>(
  run: (items: I[]) => Promise<O[]>,
  { max = 1000, windowMs = 0 }: { max?: number; windowMs?: number } = {},
): (item: I) => Promise<O> {
  const outside = AsyncLocalStorage.snapshot();
  let waiting: Waiting<I, O>[] = [];
  let underWay = false;
  let window: NodeJS.Timeout | undefined;
  let hadSeveral = false;

  /** By way of the event loop, so that what has just arrived is read before the group is closed. */
  function close(): void {
    clearTimeout(window);
    window = undefined;
    outside(setImmediate, runGroup);
  }

  function gather(): void {
    if (windowMs > 0 && hadSeveral && waiting.length < ENOUGH) window = outside(setTimeout, close, windowMs);
    else close();
  }

  async function runGroup(): Promise<void> {
    const group = waiting.slice(0, max);
    waiting = waiting.slice(max);
    hadSeveral = group.length > 1;
    await answer(group);
    if (waiting.length > 0) gather();
    else underWay = false;
  }

  async function answer(group: readonly Waiting<I, O>[]): Promise<void> {
    try {
      const outputs = await run(group.map(({ item }) => item));
      if (outputs.length !== group.length) {
        throw new Error(`a run of ${group.length} items returned ${outputs.length} outputs`);
      }
      outputs.forEach((output, index) => {
        group[index]?.resolve(output);
      });
    } catch (error) {
      if (group.length > 1 && isViolation(error)) {
        const half = group.length >> 1;
        await answer(group.slice(0, half));
        await answer(group.slice(half));
      } else for (const { reject } of group) reject(error);
    }
  }

  return async (item) => {
    assertOutsideTransactions();
    return new Promise<O>((resolve, reject) => {
      waiting.push({ item, resolve, reject });
      if (window !== undefined && waiting.length >= ENOUGH) close();
      if (underWay) return;
      underWay = true;
      gather();
    });
  };
}
