import type { Socket } from 'node:net';

/** One connection of a listener. */
export type Connection = {
  readonly group: string;
  socket: Socket;
  /** Unanswered requests. */
  underWay: number;
  /** Sequence number of the last request that began or was answered on it. */
  movedAt: number;
};

type Peer = Set<Connection>;

/** The open connections of a listener by the address they come from. */
export type OpenConnections = {
  inAll(): number;
  from(group: string): number;
  /** Connections of the address that has most. */
  most(): number;
  add(connection: Connection): void;
  /** Idempotent. */
  remove(connection: Connection): void;
  /**
   * The longest idle connection of the address that has most; where all of them have requests under way, the one whose
   * last request began or was answered longest ago.
   */
  longestIdle(): Connection | undefined;
};

/** Keeps addresses ordered by their connections, so that a flood of newcomers does not cost a search each. */
export function createOpenConnections(): OpenConnections {
  const peers = new Map<string, Peer>();
  const bySize: Set<Peer>[] = [];
  let most = 0;
  let inAll = 0;

  function resized(peer: Peer, before: number): void {
    bySize[before]?.delete(peer);
    const equals = bySize[peer.size] ?? new Set();
    if (peer.size > 0) bySize[peer.size] = equals.add(peer);
    most = Math.max(most, peer.size);
    while (most > 0 && (bySize[most]?.size ?? 0) === 0) most -= 1;
  }

  return {
    inAll: () => inAll,
    from: (group) => peers.get(group)?.size ?? 0,
    most: () => most,

    add(connection) {
      const peer = peers.get(connection.group) ?? new Set();
      peers.set(connection.group, peer.add(connection));
      inAll += 1;
      resized(peer, peer.size - 1);
    },

    remove(connection) {
      const peer = peers.get(connection.group);
      if (peer?.delete(connection) !== true) return;
      if (peer.size === 0) peers.delete(connection.group);
      inAll -= 1;
      resized(peer, peer.size + 1);
    },

    longestIdle() {
      const [peer = []] = bySize[most] ?? [];
      let found: Connection | undefined;
      for (const connection of peer) {
        if (found === undefined || isIdler(connection, found)) found = connection;
      }
      return found;
    },
  };
}

function isIdler(a: Connection, b: Connection): boolean {
  const [isBusy, other] = [a.underWay > 0, b.underWay > 0];
  return isBusy === other ? a.movedAt < b.movedAt : other;
}
