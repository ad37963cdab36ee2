import { ProtocolError } from '../errors.ts';
import { NO_RSA_KEY } from '../rsa/rsa-public-key.ts';
import type { TicketCodeKey, TicketCodeScheme } from '../ticket-code-schemes/ticket-code-scheme.ts';
import { TICKET_CODE_SCHEMES } from '../ticket-code-schemes/ticket-code-schemes.ts';

/** A cinema's public key, read and judged, with the name of the scheme of the codes that it opens. */
export type CinemaKeyMaterial = TicketCodeKey & { readonly scheme: string };

/**
 * Reads a cinema's public key in any form that a scheme of ticket codes accepts.
 *
 * Throws PUBLIC_KEY_UNREADABLE, or what the scheme says of a key that cannot be used (see `readRsaPublicKey`).
 * Scheme 6.6.1.4.1.1; readings K1 and T2.
 */
export const parsePublicKey = (
  text: string,
  schemes: readonly TicketCodeScheme[] = TICKET_CODE_SCHEMES,
): CinemaKeyMaterial => {
  for (const scheme of schemes) {
    const key = scheme.readKey(text);
    if (key !== null) return { ...key, scheme: scheme.name };
  }
  throw new ProtocolError('PUBLIC_KEY_UNREADABLE', NO_RSA_KEY);
};
