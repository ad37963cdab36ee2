import { createHmac, timingSafeEqual } from 'node:crypto';
import { type BlockList, isIP } from 'node:net';
import { hostname } from 'node:os';
import { isFromHere } from '@ticket-check/runtime';
import type { FastifyRequest } from 'fastify';

export const KEY_HEADER = 'x-kiosk-key';

/**
 * Decides who may use the kiosk page, which scans without the terminal's token: browsers of this machine, and elsewhere staff who
 * are logged in on the console (`serve-kiosk.ts`).
 *
 * @param token that of `POST /scan`, from which the key is derived, so that pages stay valid over a restart
 * @param hosts names of this terminal besides its addresses and `localhost`
 */
export function createWhoMay(options: { token: string; addresses: BlockList; hosts: readonly string[] }) {
  const { token, addresses } = options;
  const hosts = new Set(['localhost', hostname(), ...options.hosts].map((host) => host.toLowerCase()));
  const key = createHmac('sha256', token).update('kiosk page').digest('base64url');

  const isHere = (request: FastifyRequest) => isFromHere(request, addresses) && isOwnHost(request);

  /** Detects proxies that add no header, and foreign names that resolve to this machine, by the host in the request. */
  function isOwnHost({ socket, headers }: FastifyRequest): boolean {
    const name = URL.parse(`https://${headers.host}`)?.hostname.replace(/^\[|\]$/g, '') ?? '';
    const isLoopback = name === '::1' || (isIP(name) === 4 && name.startsWith('127.'));
    return isLoopback || hosts.has(name) || name === socket.localAddress?.replace('::ffff:', '');
  }

  const isOwnPage = ({ headers }: FastifyRequest): boolean => headers['sec-fetch-site'] === 'same-origin';

  return {
    /** The key that the page sends with scans. Other sites can neither read it nor send such a header. */
    key,
    /** Whether a request comes from this machine, or from an allowed address, and addresses this terminal by its own name. */
    isHere,
    isOwnHost,
    /** Whether a request comes from a page of this terminal, not from another site. */
    isOwnPage,
    /** Whether it was also sent by the kiosk page, which has the key, to this terminal by its own name. */
    isOfPage(request: FastifyRequest): boolean {
      const given = request.headers[KEY_HEADER];
      if (typeof given !== 'string' || !isOwnHost(request) || !isOwnPage(request)) return false;
      const [one, other] = [Buffer.from(given), Buffer.from(key)];
      return one.length === other.length && timingSafeEqual(one, other);
    },
  };
}
