import type { EventEmitter } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Server } from 'node:https';
import type { Socket } from 'node:net';
import { rateLimitKey } from './concurrency-limit.ts';
import type { LogSampler } from './log-sampler.ts';
import type { Logger } from './logger.ts';
import { guestOf, showGuest } from './proxy-header.ts';

export type ConnectionLimits = {
  inAll: number;
  /** Of these, from one IPv4 address or one IPv6 network (/64). */
  perAddress: number;
};

/** Why the server closed a connection: at its start, in favour of an address that has fewer, or for what its peer did. */
export type ConnectionFault =
  | ('too many in all' | 'too many from the address')
  | 'evicted'
  | ('pipelined' | 'unread' | 'no proxy header');

/** Unanswered requests of one connection. Clients wait for an answer before they send the next request. */
const MAX_UNDER_WAY = 16;
/** Bytes of answers that the peer has not read yet; beyond it no further request of that connection is served. */
const MAX_UNSENT = 1024 * 1024;

type Connection = {
  readonly group: string;
  socket: Socket;
  underWay: number;
  /** Sequence number of the last request that began or was answered on it. */
  movedAt: number;
};

/**
 * Bounds what anybody can make a server hold: connections, in all and by address, and for each the requests under way and the unread
 * answers. What exceeds a bound is closed, counted and logged in samples; when all are taken, a newcomer from an address that has fewer
 * takes the longest idle connection of the address that has most. The server must not listen yet, nor require a Host header: Node would
 * answer without the gate. Returns what notes a fault.
 */
export function limitConnections(
  server: Server,
  options: ConnectionLimits & {
    onFault(fault: ConnectionFault): void;
    /** Gets the TCP socket of a connection whose TLS handshake is complete. */
    onSecured(accepted: Socket): void;
    logger: Logger;
    sampler: LogSampler;
  },
) {
  const { inAll, perAddress, onFault, onSecured, logger, sampler } = options;
  const byAddress = new Map<string, Set<Connection>>();
  const shakingHands = new Map<string, Connection>();
  const connections = new WeakMap<Socket, Connection>();
  let [open, moves] = [0, 0];

  function note(fault: ConnectionFault, group: string): void {
    onFault(fault);
    const line = { fault, remoteAddress: group };
    const why = fault === 'no proxy header' ? 'without a PROXY header' : 'at a limit';
    sampler.note(`connection closed: ${fault}`, group, () => logger.warn(line, `closed a connection ${why}`));
  }

  function add(connection: Connection): void {
    const own = byAddress.get(connection.group) ?? new Set();
    byAddress.set(connection.group, own.add(connection));
    open += 1;
  }

  function remove(connection: Connection): void {
    const own = byAddress.get(connection.group);
    if (own?.delete(connection) !== true) return;
    if (own.size === 0) byAddress.delete(connection.group);
    open -= 1;
  }

  function refusalOf(group: string): ConnectionFault | undefined {
    const own = byAddress.get(group)?.size ?? 0;
    if (own >= perAddress) return 'too many from the address';
    if (open < inAll) return undefined;
    const most = [...byAddress.values()].reduce((a, b) => (b.size > a.size ? b : a), new Set<Connection>());
    const evicted = most.size > own + 1 ? longestIdle(most) : undefined;
    if (evicted === undefined) return 'too many in all';
    remove(evicted);
    evicted.socket.destroy();
    note('evicted', evicted.group);
    return undefined;
  }

  gate(server, 'connection', (socket: Socket) => {
    const group = rateLimitKey(guestOf(socket)?.address ?? socket.remoteAddress);
    const refusal = refusalOf(group);
    if (refusal !== undefined) {
      socket.destroy();
      note(refusal, group);
      return false;
    }
    const connection: Connection = { group, socket, underWay: 0, movedAt: ++moves };
    const ends = endsOf(socket);
    add(connection);
    shakingHands.set(ends, connection);
    socket.once('close', () => {
      remove(connection);
      shakingHands.delete(ends);
    });
    return true;
  });

  // Requests refer to the TLS socket of a connection; only its two endpoints relate it to the TCP socket accepted above.
  server.prependListener('secureConnection', (socket: Socket) => {
    const ends = endsOf(socket);
    const connection = shakingHands.get(ends);
    if (connection === undefined) return;
    shakingHands.delete(ends);
    onSecured(connection.socket);
    showGuest(connection.socket, socket);
    connection.socket = socket;
    connections.set(socket, connection);
  });

  function admit({ socket }: IncomingMessage, response: ServerResponse): boolean {
    const connection = connections.get(socket);
    // Without one the peer had gone before its address could be read.
    if (socket.destroyed || connection === undefined) {
      socket.destroy();
      return false;
    }
    const isAhead = connection.underWay >= MAX_UNDER_WAY;
    const fault = isAhead ? 'pipelined' : socket.writableLength > MAX_UNSENT ? 'unread' : undefined;
    if (fault !== undefined) {
      note(fault, rateLimitKey(socket.remoteAddress));
      // What was read with it is parsed to its end, at most 16 KiB, and not served.
      socket.destroy();
      return false;
    }
    connection.underWay += 1;
    connection.movedAt = ++moves;
    // Emitted once; `once` would wrap and remove the listener for every request.
    response.on('close', () => {
      connection.underWay -= 1;
      connection.movedAt = ++moves;
    });
    return true;
  }

  gate(server, 'request', (request: IncomingMessage, response: ServerResponse) => {
    if (!admit(request, response)) return false;
    const isWhole = request.httpVersion !== '1.1' || request.headers.host !== undefined;
    if (!isWhole) refuse(response, 400);
    return isWhole;
  });
  // Node would answer these itself, without the gate, and queue any number of answers.
  server.on('checkExpectation', (request, response) => {
    if (admit(request, response)) refuse(response, 417);
  });
  return note;
}

function refuse(response: ServerResponse, status: number): void {
  response.writeHead(status, { connection: 'close' }).end();
}

/** Where all have requests under way, the one whose last request began or was answered longest ago. */
function longestIdle(connections: ReadonlySet<Connection>): Connection | undefined {
  const isBusy = ({ underWay }: Connection) => Number(underWay > 0);
  return [...connections].sort((a, b) => isBusy(a) - isBusy(b) || a.movedAt - b.movedAt)[0];
}

/** Both endpoints of a connection, which identify it among all that are open. */
function endsOf({ remoteAddress, remotePort, localAddress, localPort }: Socket): string {
  return `${remoteAddress} ${remotePort} ${localAddress} ${localPort}`;
}

/** Calls the present listeners of an event only where `admit` returns true. */
function gate<Args extends unknown[]>(emitter: EventEmitter, event: string, admit: (...args: Args) => boolean): void {
  const listeners = emitter.listeners(event);
  emitter.removeAllListeners(event);
  emitter.on(event, (...args) => {
    if (!admit(...(args as Args))) return;
    for (const listener of listeners) listener.apply(emitter, args);
  });
}
