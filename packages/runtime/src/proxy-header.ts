import type { Server } from 'node:https';
import { type BlockList, isIPv6, type Socket, SocketAddress } from 'node:net';

/** Where a connection comes from that a proxy passes on. */
type Guest = { readonly address: string; readonly port: number };

const SIGNATURE = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1');
const FIXED_BYTES = 16;
/** Addresses take 36 bytes at most; the rest is what proxies add about TLS and themselves. */
const MAX_BYTES = 2048;
/** Proxies send the header first thing: enough for a packet that is lost once. */
const WITHIN_MS = 5000;

const LOCAL = 0x20;
const PROXY = 0x21;
const TCP_OVER_IPV4 = 0x11;
const TCP_OVER_IPV6 = 0x21;

/** Reads a PROXY header, version 2, at the start of `bytes`: its length, and the guest, null if the proxy speaks for itself. */
function readProxyHeader(bytes: Buffer): { bytes: number; guest: Guest | null } | 'incomplete' | 'refused' {
  const start = bytes.subarray(0, SIGNATURE.length);
  if (!start.equals(SIGNATURE.subarray(0, start.length))) return 'refused';
  if (bytes.length < FIXED_BYTES) return 'incomplete';
  const [command, family] = bytes.subarray(SIGNATURE.length);
  const length = FIXED_BYTES + bytes.readUInt16BE(14);
  if (length > MAX_BYTES || (command !== LOCAL && command !== PROXY)) return 'refused';
  if (bytes.length < length) return 'incomplete';
  if (command === LOCAL) return { bytes: length, guest: null };
  const guest = readGuest(family, bytes.subarray(FIXED_BYTES, length));
  return guest === null ? 'refused' : { bytes: length, guest };
}

/** The source's address, the destination's, the source's port; what follows is not needed. */
function readGuest(family: number | undefined, addresses: Buffer): Guest | null {
  if (family === TCP_OVER_IPV4 && addresses.length >= 12) {
    return { address: addresses.subarray(0, 4).join('.'), port: addresses.readUInt16BE(8) };
  }
  if (family === TCP_OVER_IPV6 && addresses.length >= 36) {
    const groups = addresses.subarray(0, 16).toString('hex').match(/.{4}/g) ?? [];
    const { address } = new SocketAddress({ address: groups.join(':'), family: 'ipv6' });
    return { address, port: addresses.readUInt16BE(32) };
  }
  return null;
}

/** Takes a PROXY header, whole and in time, off each connection of `proxies` (`guestOf`). To be called after all that listens to connections. */
export function expectProxyHeaders(server: Server, proxies: BlockList, onRefused: (proxy: string) => void): void {
  const listeners = server.listeners('connection');
  const pass = (socket: Socket) => {
    for (const listener of listeners) listener.call(server, socket);
  };
  server.removeAllListeners('connection');
  server.on('connection', (socket: Socket) => {
    const { remoteAddress: from } = socket;
    if (from === undefined || !proxies.check(from, isIPv6(from) ? 'ipv6' : 'ipv4')) return pass(socket);
    takeHeader(socket, pass, () => onRefused(from));
  });
}

function takeHeader(socket: Socket, onTaken: (socket: Socket) => void, onRefused: () => void): void {
  let bytes = Buffer.alloc(0);

  function stop(): void {
    clearTimeout(timer);
    socket.off('readable', read).off('end', refuse).off('close', refuse);
  }

  function refuse(): void {
    stop();
    socket.destroy();
    onRefused();
  }

  function read(): void {
    for (let chunk = socket.read(); chunk !== null; chunk = socket.read()) bytes = Buffer.concat([bytes, chunk]);
    const header = readProxyHeader(bytes);
    if (header === 'refused') refuse();
    if (typeof header === 'string') return;
    stop();
    // TLS begins with what a socket holds already.
    if (bytes.length > header.bytes) socket.unshift(bytes.subarray(header.bytes));
    if (header.guest !== null) guests.set(socket, header.guest);
    onTaken(socket);
  }

  const timer = setTimeout(refuse, WITHIN_MS);
  // `close` follows an error.
  socket.on('error', () => {});
  socket.on('readable', read).on('end', refuse).on('close', refuse);
}

const guests = new WeakMap<Socket, Guest>();

/** Where a connection comes from according to its proxy; undefined without one. */
export function guestOf(socket: Socket): Guest | undefined {
  return guests.get(socket);
}

/** Shows the guest as the peer of the TLS socket of a connection. The one that is derived from the handle is the proxy. */
export function showGuest(accepted: Socket, secured: Socket): void {
  const guest = guests.get(accepted);
  if (guest === undefined) return;
  guests.set(secured, guest);
  Object.defineProperties(secured, { remoteAddress: { value: guest.address }, remotePort: { value: guest.port } });
}
