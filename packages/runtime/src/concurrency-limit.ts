import { isIPv6 } from 'node:net';

/** Bounds how much work is under way at a time, by owner and in all. In memory, so per process. */
export function createConcurrencyLimit({
  perOwner,
  inAll = Number.POSITIVE_INFINITY,
}: {
  perOwner: number;
  inAll?: number;
}) {
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

/**
 * Returns the address by which limits count a peer: an IPv4 address unchanged, an IPv6 address cut to its first 64 bits,
 * because one subscriber owns the whole network. `::ffff:192.0.2.1` is the IPv4 address in it.
 */
export function rateLimitKey(remoteAddress: string | undefined): string {
  if (remoteAddress === undefined) return 'unknown';
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(remoteAddress)?.[1];
  if (mapped !== undefined) return mapped;
  const plain = remoteAddress.replace(/%.*$/, '');
  if (!isIPv6(plain)) return remoteAddress;
  const [head = '', tail] = plain.split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : 8 - before.length - after.length;
  const groups = [...before, ...Array<string>(zeros).fill('0'), ...after];
  const network = groups.slice(0, 4).map((group) => Number.parseInt(group, 16).toString(16));
  return `${network.join(':')}::/64`;
}
