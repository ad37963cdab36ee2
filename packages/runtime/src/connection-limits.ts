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

  function admit({ socket }: IncomingMessage, response: ServerResponse): boolean {
    if (socket.destroyed) return false;
    const count = (underWay.get(socket) ?? 0) + 1;
    const fault = count > MOST_UNDER_WAY ? 'pipelined' : socket.writableLength > MOST_UNSENT ? 'unread' : undefined;
    if (fault !== undefined) {
      note(fault, socket.remoteAddress);
      socket.destroy();
      stopParsing(socket);
      return false;
    }
    underWay.set(socket, count);
    response.once('close', () => underWay.set(socket, (underWay.get(socket) ?? 1) - 1));
    return true;
  }

  gate(server, 'request', (request: IncomingMessage, response: ServerResponse) => {
    if (!admit(request, response)) return false;
    if (request.httpVersion !== '1.1' || request.headers.host !== undefined) return true;
    refuse(response, 400);
    return false;
  });
  // Node would answer these two past the gate, and keep any number of answers that wait for their turn.
  (server as Server & { requireHostHeader: boolean }).requireHostHeader = false;
  server.on('checkExpectation', (request, response) => {
    if (admit(request, response)) refuse(response, 417);
  });
}

function refuse(response: ServerResponse, status: number): void {
  response.writeHead(status, { connection: 'close' }).end();
}

/**
 * Of what came in one read Node parses the last request too, also after the connection was ended: hundreds, each with
 * objects of kilobytes. 2 is what it answers its parser itself where the rest is no HTTP any more.
 */
function stopParsing(socket: Socket): void {
  const { parser } = socket as Socket & { parser?: { onIncoming: unknown } | null };
  if (parser) parser.onIncoming = () => 2;
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
