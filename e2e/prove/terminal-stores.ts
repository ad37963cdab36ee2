import type { ProofResult } from './proof-result.ts';
import type { ProofSite } from './proof-site.ts';

/** More scans than a terminal of a proof has. */
const ALL = '999999999';

interface Listed {
  RecordId: string;
  FilmTicketCode: string;
  Verdict: string | null;
  Confirmed: boolean | null;
  LateVerdict: string | null;
  ScannedAt: string;
  DecidedAt: string | null;
  OpenedAt: string | null;
}

/** What the terminals say of their admissions. */
export interface Admitted {
  confirmed: number;
  unconfirmed: number;
  /** Of the tickets with more than one, those which a terminal raised once it was told of the other entry. */
  raised: number;
  /** Admissions whose scan was decided later than any scan takes: one that was cut off and continued. */
  decidedLater: number;
  /** Admissions whose gate opened later than any gate takes. */
  openedLater: number;
}

/** Longer than the budget of a scan. */
const LATER_MS = 2_000;

/**
 * Holds the stores of the terminals against the national platform, also for what nobody was told because the answer was
 * lost: no ticket was admitted twice by one store or twice as confirmed, and what the national platform has is what the
 * terminals admitted, no more and no less. To be asked when nothing waits to be sent. Readings C2, C3.
 */
export async function compareStores(terminals: ReadonlyMap<string, ProofSite>, result: ProofResult): Promise<Admitted> {
  const admissions: (Listed & { terminal: string })[] = [];
  for (const [terminal, site] of terminals) {
    const scans = await site.list<Listed>('terminal-agent', 'scans', 'list', '--last', ALL);
    admissions.push(...scans.filter(({ Verdict }) => Verdict === 'ADMIT').map((scan) => ({ ...scan, terminal })));
  }
  const ofTickets = Map.groupBy(admissions, ({ FilmTicketCode }) => FilmTicketCode);
  const doubles = [...ofTickets].filter(([, several]) => several.length > 1);
  for (const [filmTicketCode, several] of doubles) {
    const stores = new Set(several.map(({ terminal }) => terminal));
    if (stores.size === several.length && several.filter(({ Confirmed }) => Confirmed).length < 2) continue;
    result.doubledUnflagged += 1;
    const words = several.map(({ terminal, Confirmed }) => `${terminal}${Confirmed ? ', confirmed' : ''}`);
    result.failures.push(`${filmTicketCode} was admitted by ${words.join(' and ')}`);
  }

  const [site] = terminals.values();
  const kept = new Set(
    (await site!.list<{ RecordId: string }>('national-platform', 'records', 'list')).map(({ RecordId }) => RecordId),
  );
  const missing = admissions.filter(({ RecordId }) => !kept.delete(RecordId));
  for (const { FilmTicketCode, terminal } of missing)
    result.failures.push(`${FilmTicketCode} was admitted by ${terminal} and is not at the national platform`);
  if (kept.size > 0) result.failures.push(`${kept.size} records at the national platform were admitted by no terminal`);

  const confirmed = admissions.filter(({ Confirmed }) => Confirmed).length;
  return {
    confirmed,
    unconfirmed: admissions.length - confirmed,
    decidedLater: admissions.filter(({ ScannedAt, DecidedAt }) => isLater(ScannedAt, DecidedAt)).length,
    openedLater: admissions.filter(({ DecidedAt, OpenedAt }) => isLater(DecidedAt, OpenedAt)).length,
    raised: doubles.filter(([, several]) => several.some(({ LateVerdict }) => LateVerdict !== null)).length,
  };
}

const isLater = (from: string | null, to: string | null): boolean =>
  from !== null && to !== null && Date.parse(to) - Date.parse(from) > LATER_MS;
