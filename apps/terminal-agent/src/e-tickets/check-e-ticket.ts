import { type ETicketText, verifyETicket, type WallClock } from '@ticket-check/protocol';
import type { KnownETicketKeys } from './e-ticket-key-store.ts';
import type { ETicketKeyCache } from './e-ticket-keys.ts';
import { type ETicketJudgement, judgeETicket } from './judge-e-ticket.ts';

export type CheckETicket = (
  eTicket: ETicketText,
  at: { now: WallClock; clockTrusted: boolean; budgetMs: number },
) => Promise<ETicketJudgement>;

/**
 * Judges an e-ticket by the keys of the platform above. If it names an unknown key or another host, keys are fetched within
 * the budget; only keys fetched for this scan can prove a forgery. Readings C5, K4.
 */
export function createCheckETicket(keys: Pick<ETicketKeyCache, 'known' | 'refresh'>): CheckETicket {
  return async (eTicket, { now, clockTrusted, budgetMs }) => {
    function judge(known: KnownETicketKeys | null, refreshed: Awaited<ReturnType<ETicketKeyCache['refresh']>> | null) {
      const key = known?.keys.get(eTicket.keyId) ?? null;
      return judgeETicket(eTicket, {
        ownHost: known?.host ?? (refreshed === 'none' ? 'none' : null),
        key,
        isSigned: key !== null && verifyETicket(eTicket, key.publicKey),
        areKeysFresh: refreshed === 'fetched',
        now,
        clockTrusted,
      });
    }

    const known = await keys.known();
    if (known?.host === eTicket.host && known.keys.has(eTicket.keyId)) return judge(known, null);
    const refreshed = await keys.refresh(budgetMs, known);
    return judge(await keys.known(), refreshed);
  };
}
