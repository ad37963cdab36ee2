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

const HOST = 'tickets.example.cn';

/** Has the stub speak the extension of e-tickets. `text` is the QR of one whose time is `seconds` from now. */
export function announceETickets(stub: Stub) {
  const { publicKey, privateKey } = generateETicketKeyPair('ed25519');
  const keyId = eTicketKeyId(publicKey);
  const key = { keyId, publicKey, validFrom: now(-DAY), validUntil: now(DAY), revokedAt: null };
  const mend = stub.replace(APIS.getETicketKeys, () => ({
    data: getETicketKeysReplyJson({ host: HOST, keys: [key] }),
  }));
  stub.announces = ['e-tickets'];
  return {
    text(ticket: Ticket, seconds = 0, by = privateKey): string {
      const time = Math.floor(Date.now() / 1000) + seconds;
      return writeETicket({ host: HOST, code: ticket.code, time, keyId }, (signed) => signETicket(signed, by));
    },
    end(): void {
      stub.announces = [];
      mend();
    },
  };
}

const turned = (text: string) => text.replace(/[a-z]/gi, (letter) => String.fromCharCode(letter.charCodeAt(0) ^ 32));

/** E-tickets to refuse: what was done to a good one. */
export const DAMAGES: readonly (readonly [what: string, damage: (text: string) => string])[] = [
  ['the last character is missing', (text) => text.slice(0, -1)],
  ['the signature is missing', (text) => text.replace(/&s=.*/, '')],
  ['another order', (text) => text.replace(/(&t=\d+)(&k=[\w-]+)/, '$2$1')],
  ['a parameter more', (text) => `${text}&x=1`],
  ['twice', (text) => text + text],
  ['another time', (text) => text.replace(/&t=(\d+)/, (_, time) => `&t=${Number(time) + 1}`)],
  ['another host', (text) => text.replace(HOST, 'tickets.example.com')],
  ['a signature of zeros', (text) => text.replace(/&s=.*/, `&s=${'A'.repeat(86)}`)],
  ['without TLS', (text) => text.replace('https:', 'http:')],
  ['upper case', (text) => text.toUpperCase()],
  ['upper and lower case swapped', turned],
  ['a time with a zero in front', (text) => text.replace('&t=', '&t=0')],
  ['a time with a fraction', (text) => text.replace('&k=', '.5&k=')],
];
