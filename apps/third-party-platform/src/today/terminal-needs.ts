import { type Advice, worstOf } from '@ticket-check/protocol/terminal-advice';
import { type AccountCinemas, type FleetMember, isOfOne } from '../fleet/load-fleet.ts';

/** How many terminals need a person now, and for what. */
export type TerminalNeeds = {
  readonly count: number;
  /** Heard on this business date, and silent for ten minutes. */
  readonly silent: number;
  /** With a gate that failed or is out of order. */
  readonly gates: number;
};

/** A terminal that needs somebody. */
export type TerminalInNeed = { readonly cinemaCodes: AccountCinemas; readonly codes: readonly Advice['code'][] };

/** Those of a fleet whose severity is `error`: the list of terminals has them under that filter. Reading X8. */
export function terminalsInNeed(fleet: readonly FleetMember[]): TerminalInNeed[] {
  return fleet
    .filter(({ advice }) => worstOf(advice).severity === 'error')
    .map(({ cinemaCodes, advice }) => ({ cinemaCodes, codes: advice.map(({ code }) => code) }));
}

/** Counts them for whoever may see these cinemas. */
export function countTerminals(terminals: readonly TerminalInNeed[], cinemas: AccountCinemas): TerminalNeeds {
  const mine = terminals.filter(({ cinemaCodes }) => isOfOne(cinemaCodes, cinemas));
  const having = (...codes: Advice['code'][]) =>
    mine.filter((terminal) => codes.some((code) => terminal.codes.includes(code))).length;
  return { count: mine.length, silent: having('unheard'), gates: having('gate-error', 'gate-out-of-order') };
}
