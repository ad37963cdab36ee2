import { type KeyObject, randomBytes } from 'node:crypto';
import {
  addSeconds,
  type ETicketAlgorithm,
  type ETicketKeys,
  type ETicketLink,
  type ETicketOrder,
  eTicketKeyId,
  generateETicketKeyPair,
  ProtocolError,
  signETicket,
  type TicketIdentity,
  wallClockAt,
  writeETicket,
} from '@ticket-check/protocol';
import { type TicketKey, ticketKey } from './claims.ts';

type SigningKey = ETicketKeys['keys'][number] & { readonly privateKey: KeyObject };

const SIGNS_SECONDS = 30 * 86_400;
const ACCEPTED_LONGER_SECONDS = 600;

/** The e-tickets of a platform in memory, and the keys that sign them. Scheme 5.1.4; reading C5. */
export class ETickets {
  /** What its e-tickets name; a test may move it. */
  host = 'tickets.example.cn';
  readonly #now: () => number;
  /** The newest last. */
  #keys: SigningKey[] = [];
  /** The tokens of links. */
  readonly #links = new Map<TicketKey, string>();
  readonly #pickedUp = new Set<TicketKey>();

  constructor(now: () => number) {
    this.#now = now;
  }

  /** The reply to GetETicketKeys; the first call makes the first key. */
  published(): ETicketKeys {
    if (this.#keys.length === 0) this.rotate();
    return { host: this.host, keys: this.#keys };
  }

  /** Signs with a new key from now on; those before it are still accepted. */
  rotate(algorithm: ETicketAlgorithm = 'ed25519'): void {
    const { publicKey, privateKey } = generateETicketKeyPair(algorithm);
    const validFrom = wallClockAt(this.#now());
    const validUntil = addSeconds(validFrom, SIGNS_SECONDS + ACCEPTED_LONGER_SECONDS);
    const keyId = eTicketKeyId(publicKey);
    this.#keys.push({ keyId, publicKey, privateKey, validFrom, validUntil, revokedAt: null });
  }

  /** Takes the key back that signs, and makes another one. */
  revoke(): void {
    const { keyId } = this.#signing();
    const revokedAt = wallClockAt(this.#now());
    this.#keys = this.#keys.map((key) => (key.keyId === keyId ? { ...key, revokedAt } : key));
    this.rotate();
  }

  #signing(): SigningKey {
    this.published();
    const latest = this.#keys.at(-1);
    if (latest === undefined) throw new Error('there is no key');
    return latest;
  }

  /** The QR of a code as the page shows it now. */
  qr(code: string, { host = this.host, time = Math.floor(this.#now() / 1000) } = {}): string {
    const { keyId, privateKey } = this.#signing();
    return writeETicket({ host, code, time, keyId }, (text) => signETicket(text, privateKey));
  }

  create(order: ETicketOrder): ETicketLink {
    const key = ticketKey(order);
    const token = this.#links.get(key) ?? randomBytes(18).toString('base64url');
    this.#links.set(key, token);
    return { url: `https://${this.host}/t/${token}`, token };
  }

  /** Ends a link; the next one of its ticket is another one. */
  end(token: string): void {
    const [key] = [...this.#links].find(([, known]) => known === token) ?? [];
    if (key === undefined) throw new ProtocolError('ETICKET_NOT_FOUND', 'No e-ticket has this token.');
    this.#links.delete(key);
  }

  /** The ticket was taken on paper. */
  pickUp(ticket: TicketIdentity): void {
    this.#pickedUp.add(ticketKey(ticket));
  }

  /** Whether the bare code of a ticket lets nobody in. */
  isLive(ticket: TicketIdentity): boolean {
    const key = ticketKey(ticket);
    return this.#links.has(key) && !this.#pickedUp.has(key);
  }
}
