import { isIPv6 } from 'node:net';

/** Bounds how much work is under way at a time, by owner and in all. In memory, so per process. */
export function createConcurrencyLimit(most: { perOwner: number; inAll?: number }) {
  const { perOwner, inAll = Number.POSITIVE_INFINITY } = most;
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
    /** Does the work, or answers null without starting it where a bound is reached: the caller decides what that means. */
    run<T>(owner: string, work: () => Promise<T>): Promise<T> | null {
      const own = underWay.get(owner) ?? 0;
      return own >= perOwner || total >= inAll ? null : count(owner, own, work);
    },
  };
}

/** The address by which limits count a peer: of IPv6 the first 64 bits, because one subscriber owns the whole network. */
export function rateLimitKey(remoteAddress: string | undefined): string {
  if (remoteAddress === undefined) return 'unknown';
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(remoteAddress)?.[1];
  if (mapped !== undefined) return mapped;
  const plain = remoteAddress.replace(/%.*$/, '');
  if (!isIPv6(plain)) return remoteAddress;
  const [before = [], after = []] = plain.split('::').map((half) => half.split(':').filter((group) => group !== ''));
  const zeros = Array<string>(8 - before.length - after.length).fill('0');
  const network = [...before, ...zeros, ...after].slice(0, 4).map((group) => Number.parseInt(group, 16).toString(16));
  return `${network.join(':')}::/64`;
}
