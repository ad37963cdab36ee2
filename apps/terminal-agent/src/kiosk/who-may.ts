import { createHmac, timingSafeEqual } from 'node:crypto';
import { BlockList, isIP } from 'node:net';
import type { FastifyRequest } from 'fastify';

/** The header that carries the key of the page. */
export const KEY_HEADER = 'x-kiosk-key';

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

/** What a proxy adds: the connection is then the proxy's, whoever asks. */
const FORWARDED = ['forwarded', 'x-forwarded-for', 'x-real-ip', 'via'];

/** Who may use the kiosk page: it scans without the token of the terminal. */
export type WhoMay = {
  /** Whether a request comes from this machine, or from an address that the settings name. */
  isHere(request: FastifyRequest): boolean;
  /** Whether a page of this terminal asks, and no other site. */
  isOwnPage(request: FastifyRequest): boolean;
  /** Whether the page may scan: both, and it has the key. */
  mayScan(request: FastifyRequest): boolean;
  /** What the page shows when it scans. Other sites cannot read it, and cannot send such a header. */
  readonly key: string;
};

/** @param token that of `POST /scan`, which the key follows from: pages stay valid over a restart */
export function createWhoMay({ token, addresses }: { token: string; addresses: BlockList }): WhoMay {
  const key = createHmac('sha256', token).update('kiosk page').digest('base64url');

  function isHere({ socket, headers }: FastifyRequest): boolean {
    if (FORWARDED.some((name) => headers[name] !== undefined)) return false;
    const from = plain(socket.remoteAddress);
    if (from === '') return false;
    // Whoever asks this machine by one of its own addresses is on this machine.
    if (from === plain(socket.localAddress)) return true;
    const family = isIP(from) === 6 ? 'ipv6' : 'ipv4';
    return LOOPBACK.check(from, family) || addresses.check(from, family);
  }

  const isOwnPage = ({ headers }: FastifyRequest) => headers['sec-fetch-site'] === 'same-origin';

  return {
    key,
    isHere,
    isOwnPage,
    mayScan(request) {
      const given = request.headers[KEY_HEADER];
      if (typeof given !== 'string' || !isHere(request) || !isOwnPage(request)) return false;
      const [one, other] = [Buffer.from(given), Buffer.from(key)];
      return one.length === other.length && timingSafeEqual(one, other);
    },
  };
}

/** An IPv4 address as such, where the socket has it as one of IPv6. */
const plain = (address: string | undefined): string => (address ?? '').replace(/^::ffff:(?=\d+\.)/, '');
