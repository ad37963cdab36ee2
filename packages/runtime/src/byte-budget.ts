import { rateLimitKey } from './rate-limit-key.ts';

/** Bounds bytes held in memory for peers that nobody has authenticated yet, by address and in all. */
export type ByteBudget = {
  /**
   * Begins to hold bytes for the peer at an address. `onEvicted` is called once if they are evicted in favour of an address
   * that holds less; they are released by then, and the holder has to drop them.
   */
  hold(remoteAddress: string | undefined, onEvicted: () => void): HeldBytes;
  /** Bytes taken now, in all. */
  taken(): number;
};

/** What one request holds. */
export type HeldBytes = {
  /**
   * Takes more bytes; `false`, taking nothing, where that would exceed the bound of the address, or the bound for all while
   * no other address holds more than this one would.
   */
  take(bytes: number): boolean;
  /** Protects them from eviction from now on. */
  pin(): void;
  /** Gives everything back. To be called also where the request failed; idempotent. */
  release(): void;
};

/** What is held for one address; `evictable` is ordered oldest first. */
type Peer = { bytes: number; open: number; readonly evictable: Set<Held> };
type Held = { evict(): void };

/**
 * A budget of bytes, pure bookkeeping: the caller decides what a refusal means. When it is full, the oldest bytes of the
 * address that holds most are evicted for an address that holds less. IPv6 addresses count by their /64.
 *
 * @example
 * const bodies = createByteBudget({ inAll: 256 * MiB, perAddress: 64 * MiB });
 * const held = bodies.hold(request.ip, () => refuse());
 * payload.on('data', (chunk) => {
 *   if (!held.take(chunk.length)) refuse();
 * });
 * // once the body is authenticated, refused or aborted:
 * held.release();
 */
export function createByteBudget({ inAll, perAddress }: { inAll: number; perAddress: number }): ByteBudget {
  const peers = new Map<string, Peer>();
  let total = 0;

  function makeRoom(own: Peer, bytes: number): boolean {
    while (total + bytes > inAll) {
      const most = holdsMost(peers.values());
      const [oldest] = most?.evictable ?? [];
      if (most === undefined || oldest === undefined || most.bytes <= own.bytes + bytes) return false;
      oldest.evict();
    }
    return true;
  }

  return {
    hold(remoteAddress, onEvicted) {
      const group = rateLimitKey(remoteAddress);
      const peer = peers.get(group) ?? { bytes: 0, open: 0, evictable: new Set() };
      peers.set(group, peer);
      peer.open += 1;
      let own = 0;
      let isOpen = true;
      const held: Held = {
        evict() {
          release();
          onEvicted();
        },
      };
      peer.evictable.add(held);

      function release(): void {
        if (!isOpen) return;
        isOpen = false;
        peer.evictable.delete(held);
        peer.bytes -= own;
        peer.open -= 1;
        total -= own;
        if (peer.open === 0) peers.delete(group);
      }

      return {
        take(bytes) {
          if (!isOpen || peer.bytes + bytes > perAddress || !makeRoom(peer, bytes)) return false;
          own += bytes;
          peer.bytes += bytes;
          total += bytes;
          return true;
        },
        pin: () => void peer.evictable.delete(held),
        release,
      };
    },
    taken: () => total,
  };
}

function holdsMost(peers: Iterable<Peer>): Peer | undefined {
  let most: Peer | undefined;
  for (const peer of peers) {
    if (peer.evictable.size > 0 && peer.bytes > (most?.bytes ?? 0)) most = peer;
  }
  return most;
}
