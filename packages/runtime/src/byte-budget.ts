import { addressGroup } from './address-group.ts';

/** Bounds bytes held in memory for peers that nobody has authenticated yet, by address and in all. */
export type ByteBudget = {
  /**
   * Takes so many bytes for a peer, as it names its address; `false`, taking nothing, where that would exceed either
   * bound. Whoever took bytes returns them once, also where the request failed.
   */
  take(remoteAddress: string | undefined, bytes: number): boolean;
  /** Gives back what `take` granted. */
  return(remoteAddress: string | undefined, bytes: number): void;
  /** Bytes taken now, in all. */
  taken(): number;
};

/**
 * A budget of bytes, pure bookkeeping: the caller decides what a refusal means. IPv6 addresses count by their /64.
 *
 * @example
 * const bodies = createByteBudget({ inAll: 256 * MiB, perAddress: 64 * MiB });
 * payload.on('data', (chunk) => {
 *   if (!bodies.take(request.ip, chunk.length)) return refuse();
 *   held += chunk.length;
 * });
 * // once, when the body is authenticated, refused or aborted:
 * bodies.return(request.ip, held);
 */
export function createByteBudget({ inAll, perAddress }: { inAll: number; perAddress: number }): ByteBudget {
  const byAddress = new Map<string, number>();
  let total = 0;
  return {
    take(remoteAddress, bytes) {
      const group = addressGroup(remoteAddress);
      const own = byAddress.get(group) ?? 0;
      if (total + bytes > inAll || own + bytes > perAddress) return false;
      byAddress.set(group, own + bytes);
      total += bytes;
      return true;
    },
    return(remoteAddress, bytes) {
      const group = addressGroup(remoteAddress);
      const left = (byAddress.get(group) ?? 0) - bytes;
      if (left < 0) throw new Error(`${bytes} bytes were returned for ${group}, more than it had taken`);
      if (left === 0) byAddress.delete(group);
      else byAddress.set(group, left);
      total -= bytes;
    },
    taken: () => total,
  };
}
