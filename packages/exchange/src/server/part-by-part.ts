import { setImmediate as nextTurn } from 'node:timers/promises';
import { ProtocolError } from '@ticket-check/protocol';

/** Work that takes long, done one piece after another in the order of arrival, so that everybody else has their turn. */
export type PartByPart = {
  /**
   * Does the steps with a turn of the event loop between two of them; what they return or throw comes back.
   *
   * @param owner whose work it is, where that is known
   * @throws ProtocolError OVERLOADED where too much of the owner's is waiting already.
   */
  run<T>(steps: Generator<void, T, void>, owner?: string): Promise<T>;
};

export function createPartByPart({ mostOfOne }: { mostOfOne: number }): PartByPart {
  const waiting = new Map<string, number>();
  let last: Promise<unknown> = Promise.resolve();

  async function work<T>(steps: Generator<void, T, void>): Promise<T> {
    for (;;) {
      const step = steps.next();
      if (step.done === true) return step.value;
      await nextTurn();
    }
  }

  function inOrder<T>(steps: Generator<void, T, void>): Promise<T> {
    const done = last.then(() => work(steps));
    last = done.catch(() => {});
    return done;
  }

  return {
    async run(steps, owner) {
      if (owner === undefined) return inOrder(steps);
      const mine = waiting.get(owner) ?? 0;
      if (mine >= mostOfOne) {
        throw new ProtocolError(
          'OVERLOADED',
          'Too many large requests of this account are waiting; send this one later.',
        );
      }
      waiting.set(owner, mine + 1);
      try {
        return await inOrder(steps);
      } finally {
        const left = (waiting.get(owner) ?? 1) - 1;
        if (left === 0) waiting.delete(owner);
        else waiting.set(owner, left);
      }
    },
  };
}
