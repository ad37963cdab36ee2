import {
  APIS,
  eTicketKeyId,
  generateETicketKeyPair,
  getETicketKeysReplyJson,
  signETicket,
  writeETicket,
} from '@ticket-check/protocol';
import { DAY, now, type Ticket } from '../cinema.ts';
import type { Stub } from '../stub/stub.ts';
import { type Vector, vectorsIn } from './vectors.ts';

type ETicketVector = Vector & {
  readonly text: string;
  readonly error?: string;
  readonly expected?: { readonly host: string; readonly code: string; readonly time: number };
};

/** The cases of vectors/e-tickets.json. Scheme 5.1.4. */
export const E_TICKETS: readonly ETicketVector[] = vectorsIn('e-tickets.json');

/** Has the stub speak the extension of e-tickets. `text` is the QR of one whose time is `seconds` from now. */
export function announceETickets(stub: Stub, host: string) {
  const { publicKey, privateKey } = generateETicketKeyPair('ed25519');
  const keyId = eTicketKeyId(publicKey);
  const key = { keyId, publicKey, validFrom: now(-DAY), validUntil: now(DAY), revokedAt: null };
  const replaced = stub.replace(APIS.getETicketKeys, () => ({ data: getETicketKeysReplyJson({ host, keys: [key] }) }));
  stub.announces = ['e-tickets'];
  const at = (ticket: Ticket, time: number, by = privateKey): string =>
    writeETicket({ host, code: ticket.code, time, keyId }, (signed) => signETicket(signed, by));
  return {
    at,
    text: (ticket: Ticket, seconds = 0, by = privateKey) => at(ticket, Math.floor(Date.now() / 1000) + seconds, by),
    [Symbol.dispose](): void {
      stub.announces = [];
      replaced[Symbol.dispose]();
    },
  };
}
