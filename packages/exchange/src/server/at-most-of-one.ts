import { ProtocolError } from '@ticket-check/protocol';

/** Bounds the concurrent work of each owner. */
export type AtMostOfOne = {
  /** @throws ProtocolError OVERLOADED, without starting `work`, where the owner's bound is reached. */
  run<T>(owner: string, work: () => Promise<T>): Promise<T>;
};

export function createAtMostOfOne(most: number): AtMostOfOne {
  const underWay = new Map<string, number>();
  return {
    async run(owner, work) {
      const own = underWay.get(owner) ?? 0;
      if (own >= most) {
        throw new ProtocolError(
          'OVERLOADED',
          'Too many large requests of this account are under way; send this one later.',
        );
      }
      underWay.set(owner, own + 1);
      try {
        return await work();
      } finally {
        const left = (underWay.get(owner) ?? 1) - 1;
        if (left === 0) underWay.delete(owner);
        else underWay.set(owner, left);
      }
    },
  };
}
