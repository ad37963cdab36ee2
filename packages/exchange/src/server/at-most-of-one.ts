import { ProtocolError } from '@ticket-check/protocol';

/** Bounds how much of one owner is under way at a time. */
export type AtMostOfOne = {
  /** @throws ProtocolError OVERLOADED, without beginning, where as much of the owner's is under way as may be. */
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
