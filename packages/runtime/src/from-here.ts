import { BlockList, isIP } from 'node:net';
import type { FastifyRequest } from 'fastify';

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

/** Headers that a proxy adds: the connection is then the proxy's, not the client's. */
const FORWARDED = ['forwarded', 'x-forwarded-for', 'x-real-ip', 'via'];

/** Whether a request comes from this machine, or from one of `besides`; one through a proxy does not. */
export function isFromHere(
  { socket, headers }: Pick<FastifyRequest, 'socket' | 'headers'>,
  besides?: BlockList,
): boolean {
  if (FORWARDED.some((name) => headers[name] !== undefined)) return false;
  const from = plain(socket.remoteAddress);
  if (from === '') return false;
  // A client with one of this machine's own addresses is on this machine.
  if (from === plain(socket.localAddress)) return true;
  const family = isIP(from) === 6 ? 'ipv6' : 'ipv4';
  return LOOPBACK.check(from, family) || besides?.check(from, family) === true;
}

/** An IPv4 address as such, where the socket has it as one of IPv6. */
const plain = (address: string | undefined): string => (address ?? '').replace(/^::ffff:(?=\d+\.)/, '');
