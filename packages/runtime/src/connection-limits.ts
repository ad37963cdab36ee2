import type { EventEmitter } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Server } from 'node:https';
import type { Socket } from 'node:net';
import { addressGroup } from './address-group.ts';
import type { LogSampler } from './log-sampler.ts';
import type { Logger } from './logger.ts';

export type ConnectionLimits = {
  /** Connections of one listener at a time. */
  inAll: number;
  /** Of these, from one IPv4 address or one IPv6 network (/64). */
  perAddress: number;
};

/** Why a connection was ended from this side: refused at its start, or cut because of what it did. */
export type ConnectionFault = 'too many in all' | 'too many from the address' | 'pipelined' | 'unread';

/** Requests of one connection that are not answered yet. Clients wait for an answer before they ask again. */
const MOST_UNDER_WAY = 16;
/** Bytes of answers that one connection has not taken yet, past which nothing more is done for it. */
const MOST_UNSENT = 1024 * 1024;

/**
 * Bounds what strangers can make a server hold: connections, in all and by address, and of each connection the requests
 * under way and the answers that it does not read. What exceeds a bound is closed at once, counted by `onFault` and
 * logged in samples. It must be called before the server listens.
 */
export function limitConnections(
  server: Server,
  options: ConnectionLimits & { onFault(fault: ConnectionFault): void; logger: Logger; sampler: LogSampler },
): void {
  const { inAll, perAddress, onFault, logger, sampler } = options;
  const byAddress = new Map<string, number>();
  const underWay = new WeakMap<Socket, number>();

  function note(fault: ConnectionFault, remoteAddress: string | undefined): void {
    onFault(fault);
    const line = { fault, remoteAddress: addressGroup(remoteAddress) };
    sampler.note(`connection closed: ${fault}`, remoteAddress, () => logger.warn(line, 'connection closed by a limit'));
  }

  server.maxConnections = inAll;
  server.on('drop', (data) => note('too many in all', data?.remoteAddress));

  gate(server, 'connection', (socket: Socket) => {
    const { remoteAddress } = socket;
    const group = addressGroup(remoteAddress);
    const open = byAddress.get(group) ?? 0;
    if (open >= perAddress) {
      socket.destroy();
      note('too many from the address', remoteAddress);
      return false;
    }
    byAddress.set(group, open + 1);
    socket.once('close', () => {
      const left = (byAddress.get(group) ?? 1) - 1;
      if (left === 0) byAddress.delete(group);
      else byAddress.set(group, left);
    });
    return true;
  });

  gate(server, 'request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    // Requests that came in one read are parsed to the last, also after their connection was ended.
    if (socket.destroyed) return false;
    const count = (underWay.get(socket) ?? 0) + 1;
    const fault = count > MOST_UNDER_WAY ? 'pipelined' : socket.writableLength > MOST_UNSENT ? 'unread' : undefined;
    if (fault !== undefined) {
      note(fault, socket.remoteAddress);
      socket.destroy();
      return false;
    }
    underWay.set(socket, count);
    response.once('close', () => underWay.set(socket, (underWay.get(socket) ?? 1) - 1));
    return true;
  });
}

/** Lets the listeners that an event has now hear of it only where `admit` says so. */
function gate<Args extends unknown[]>(emitter: EventEmitter, event: string, admit: (...args: Args) => boolean): void {
  const listeners = emitter.listeners(event);
  emitter.removeAllListeners(event);
  emitter.on(event, (...args) => {
    if (!admit(...(args as Args))) return;
    for (const listener of listeners) listener.apply(emitter, args);
  });
}
