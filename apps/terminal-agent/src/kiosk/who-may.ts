import { createHmac, timingSafeEqual } from 'node:crypto';
import { type BlockList, isIP } from 'node:net';
import { hostname } from 'node:os';
import { isFromHere } from '@ticket-check/runtime';
import type { FastifyRequest } from 'fastify';

/** The header that carries the key of the page. */
export const KEY_HEADER = 'x-kiosk-key';

/** Who may use the kiosk page: it scans without the token of the terminal. */
export type WhoMay = {
  /** Whether a request comes from this machine, or from an address that the settings name, and asks for this terminal by its name. */
  isHere(request: FastifyRequest): boolean;
  /** Whether a page of this terminal asks, and no other site. */
  isOwnPage(request: FastifyRequest): boolean;
  /** Whether the page may scan: both, and it has the key. */
  mayScan(request: FastifyRequest): boolean;
  /** What the page shows when it scans. Other sites cannot read it, and cannot send such a header. */
  readonly key: string;
};

/**
 * @param token that of `POST /scan`, which the key follows from: pages stay valid over a restart
 * @param hosts names of this terminal besides its addresses and `localhost`
 */
export function createWhoMay(options: { token: string; addresses: BlockList; hosts: readonly string[] }): WhoMay {
  const { token, addresses } = options;
  const hosts = new Set(['localhost', hostname(), ...options.hosts].map((host) => host.toLowerCase()));
  const key = createHmac('sha256', token).update('kiosk page').digest('base64url');

  const isHere = (request: FastifyRequest) => isFromHere(request, addresses) && isOwnHost(request);

  /** A proxy that adds no header passes on the name by which others know it; so does a name that resolves to this machine. */
  function isOwnHost({ socket, headers }: FastifyRequest): boolean {
    const name = URL.parse(`https://${headers.host}`)?.hostname.replace(/^\[|\]$/g, '') ?? '';
    const isLoopback = name === '::1' || (isIP(name) === 4 && name.startsWith('127.'));
    return isLoopback || hosts.has(name) || name === socket.localAddress?.replace('::ffff:', '');
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
