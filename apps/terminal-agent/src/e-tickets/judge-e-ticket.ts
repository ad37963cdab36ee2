import {
  type ETicketKey,
  type ETicketText,
  isETicketFresh,
  unixSecondsOf,
  verifyETicket,
  type WallClock,
} from '@ticket-check/protocol';
import type { ETicketKeyCache } from './e-ticket-keys.ts';

export const E_TICKET_OBJECTIONS = {
  'e-ticket-key-unknown': 'NOT_GENUINE',
  'e-ticket-signature': 'NOT_GENUINE',
  'e-ticket-key-revoked': 'ETICKET_STALE',
  'e-ticket-key-expired': 'ETICKET_STALE',
  'e-ticket-time': 'ETICKET_STALE',
  'e-ticket-clock': 'CLOCK_UNTRUSTED',
} as const;

export type ETicketObjection = keyof typeof E_TICKET_OBJECTIONS;

export type ETicketCircumstances = {
  /** The host in e-tickets of the platform above; `none`: it has no e-tickets; null: unknown. */
  readonly ownHost: string | 'none' | null;
  readonly key: Pick<ETicketKey, 'validUntil' | 'revokedAt'> | null;
  readonly isSigned: boolean;
  /** Whether the keys were fetched for this scan: then a missing one does not exist. */
  readonly areKeysFresh: boolean;
  readonly now: WallClock;
  readonly clockTrusted: boolean;
};

/**
 * `elsewhere`: of another platform. `keys-pending`: keys could not be fetched to find out. `invalid`: not an e-ticket of this
 * platform. `stale`: not current.
 */
type ETicketJudgement =
  | { readonly kind: 'good' | 'elsewhere' | 'keys-pending' }
  | { readonly kind: 'invalid' | 'stale'; readonly fault: ETicketObjection };

/**
 * Judges whether an e-ticket is from the platform above and current; its code is judged afterwards. An untrusted clock never
 * makes an e-ticket stale: the guest could renew it for ever. A key that starts later is accepted, like those of cinemas.
 * Scheme 5.1.4; readings C5, C7.
 */
export function judgeETicket(
  eTicket: { readonly host: string; readonly time: number },
  { ownHost, key, isSigned, areKeysFresh, now, clockTrusted }: ETicketCircumstances,
): ETicketJudgement {
  if (ownHost === null) return { kind: 'keys-pending' };
  if (eTicket.host !== ownHost) return { kind: 'elsewhere' };
  if (key === null) return areKeysFresh ? invalid('e-ticket-key-unknown') : { kind: 'keys-pending' };
  if (!isSigned) return invalid('e-ticket-signature');
  if (key.revokedAt !== null) return stale('e-ticket-key-revoked');
  const isExpired = key.validUntil < now;
  const isFresh = isETicketFresh(eTicket.time, unixSecondsOf(now));
  if (!isExpired && isFresh) return { kind: 'good' };
  if (!clockTrusted) return stale('e-ticket-clock');
  return stale(isExpired ? 'e-ticket-key-expired' : 'e-ticket-time');
}

const invalid = (fault: ETicketObjection): ETicketJudgement => ({ kind: 'invalid', fault });
const stale = (fault: ETicketObjection): ETicketJudgement => ({ kind: 'stale', fault });

/**
 * Judges an e-ticket by the keys of the platform above. If it names an unknown key or another host, keys are fetched within
 * the budget; only keys fetched for this scan can prove a forgery. Readings C5, K4.
 */
export const createCheckETicket =
  (keys: Pick<ETicketKeyCache, 'known' | 'refresh'>) =>
  async (
    eTicket: ETicketText,
    { budgetMs, ...at }: { now: WallClock; clockTrusted: boolean; budgetMs: number },
  ): Promise<ETicketJudgement> => {
    const before = await keys.known();
    const isKnown = before?.host === eTicket.host && before.keys.has(eTicket.keyId);
    const refreshed = isKnown ? null : await keys.refresh(budgetMs, before);
    const known = isKnown ? before : await keys.known();
    const key = known?.keys.get(eTicket.keyId) ?? null;
    return judgeETicket(eTicket, {
      ...at,
      ownHost: known?.host ?? (refreshed === 'none' ? 'none' : null),
      key,
      isSigned: key !== null && verifyETicket(eTicket, key.publicKey),
      areKeysFresh: refreshed === 'fetched',
    });
  };
