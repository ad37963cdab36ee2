/** Bounds how much work is under way at a time, by owner and in all. In memory, so per process. */
export type ConcurrencyLimit = {
  /** Does the work, or answers null without starting it where a bound is reached: the caller decides what that means. */
  run<T>(owner: string, work: () => Promise<T>): Promise<T> | null;
};

export function createConcurrencyLimit({
  perOwner,
  inAll = Number.POSITIVE_INFINITY,
}: {
  perOwner: number;
  inAll?: number;
}): ConcurrencyLimit {
  const underWay = new Map<string, number>();
  let total = 0;

  async function count<T>(owner: string, own: number, work: () => Promise<T>): Promise<T> {
    underWay.set(owner, own + 1);
    total += 1;
    try {
      return await work();
    } finally {
      total -= 1;
      const left = (underWay.get(owner) ?? 1) - 1;
      if (left === 0) underWay.delete(owner);
      else underWay.set(owner, left);
    }
  }

  return {
    run(owner, work) {
      const own = underWay.get(owner) ?? 0;
      return own >= perOwner || total >= inAll ? null : count(owner, own, work);
    },
  };
}
