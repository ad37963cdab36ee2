import { createLruCache } from '@ticket-check/runtime';
import { isETicketOnly, judgeEntry } from '../admission/rules.ts';
import { MAX_PLACES, placeOf } from '../admission/scan-answer.ts';
import type { Gate } from '../gate/gate.ts';
import { entryAt, entryOf, undoneEntries } from '../journal/scan.ts';
import type { TerminalStore } from '../tables.ts';
import { infoIn, remaining } from '../upstream/ask-upstream.ts';
import type { CheckTicketParts } from './check-ticket.ts';
import { type ScanResult, type VerdictJson, verdictJson } from './scan-result.ts';

/**
 * Finds out what a scan of a text would be answered now, at gates with these screens behind them, in the form of `POST /scan`. The
 * answer of a scan that nobody made neither identifies nor confirms anything. Never rejects.
 */
export type LookAtTicket = (text: string, screens: Gate['screens']) => Promise<VerdictJson>;

/** Looks at tickets without a trace: no claim, no scan in the journal, no check record, no gate. */
export function createLookAtTicket(
  parts: Pick<CheckTicketParts, 'readCode' | 'askUpstream' | 'knownChanges' | 'policy' | 'budgetMs' | 'logger'> & {
    store: Pick<TerminalStore, 'reports'>;
  },
): LookAtTicket {
  const { knownChanges, store, logger } = parts;

  async function look(text: string, screens: Gate['screens'], startedAt: number): Promise<VerdictJson> {
    const deadline = startedAt + parts.budgetMs;
    const answered = (result: ScanResult) =>
      verdictJson(result, { repeated: false, elapsedMs: performance.now() - startedAt });
    const { clock, recordId, eTicket, genuine, refused, replaces } = await parts.readCode(text, screens, deadline);
    if (genuine === null) return answered(refused);
    const { fields: ticket } = genuine;
    const [entry, undone, told, answer] = await Promise.all([
      entryOf(store.reports, ticket),
      undoneEntries(store.reports, ticket),
      knownChanges.known(ticket),
      parts.askUpstream.state(ticket, remaining(deadline)),
    ]);
    const info = infoIn(answer);
    const known = { ticket, ...(info !== null && { info }) };
    if (refused !== null) return answered({ ...refused, ...known });
    const isTheirs = entry !== null && entry.scan.recordId === replaces;
    const first = entry === null || isTheirs ? null : entryAt(entry.scan);
    const left = isTheirs ? new Set([...undone, entry.scan.recordId]) : undone;
    const judgement = judgeEntry(recordId, first, answer, parts.policy(ticket), left, told);
    if (judgement.verdict !== 'ADMIT') return answered({ ...judgement, ...known });
    if (!isTheirs && eTicket === null && isETicketOnly(answer, told.liveETicket)) {
      return answered({ verdict: 'ETICKET_ONLY', ...known });
    }
    const would = answered({
      verdict: 'ADMIT',
      confirmed: false,
      opened: 'yes',
      entry: { checkTime: clock.at },
      ...known,
    });
    return { ...would, Confirmed: undefined };
  }

  return async (text, screens) => {
    const startedAt = performance.now();
    try {
      return await look(text, screens, startedAt);
    } catch (err) {
      logger.error({ err }, 'failed to look at a ticket');
      return verdictJson({ verdict: 'STORE_UNAVAILABLE' }, { repeated: false, elapsedMs: 0 });
    }
  };
}

/** Longer than the page at the gate says so: what it calls a look is one. The next guest comes later. */
const ASKED_MS = 13_000;

/** The places at which the next scan only looks at its ticket. */
export function createLooks(now = () => performance.now()) {
  const asked = createLruCache<number>(MAX_PLACES);
  return {
    ask: (gate: string, scanner?: string): void => asked.set(placeOf(gate, scanner), now() + ASKED_MS),
    /** Whether a scan that begins only looks; the one after it does not. */
    take(gate: string, scanner?: string): boolean {
      const place = placeOf(gate, scanner);
      const until = asked.get(place) ?? 0;
      asked.delete(place);
      return now() < until;
    },
  };
}
