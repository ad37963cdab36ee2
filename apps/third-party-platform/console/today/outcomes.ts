import { useLanguage, type usePalette, useWords } from '@ticket-check/console';
import { countKinds, SCAN_KINDS, type ScanKind, scanKindOf } from '@ticket-check/protocol/scan-kinds';
import { useMemo } from 'react';
import type { Today } from '../../src/today/told.ts';
import { WORDS } from './words.ts';

type Step = Today['Steps'][number];

/** A result of checks: a row of the table. */
export type Outcome = {
  readonly label: string;
  readonly total: number;
  /** The verdicts that it is made of, the most frequent first. */
  readonly verdicts: readonly (readonly [verdict: string, count: number])[];
  /** Where one looks next, and what that is called. */
  readonly next: { readonly href: string; readonly text: string } | null;
  /** How it is drawn over time; null for refusals, since only their totals are known. */
  readonly drawn: { readonly colour: keyof ReturnType<typeof usePalette>; of(step: Step): number } | null;
};

/** The results of a day: entries, the kinds of refusals, quarantined records. */
export function useOutcomes(day: Today): readonly Outcome[] {
  const t = useWords(WORDS);
  const language = useLanguage();
  return useMemo(() => {
    const next: Partial<Record<ScanKind, Outcome['next']>> = {
      entered: { href: '/worklist', text: t.look.worklist },
      invalid: { href: '/ticket', text: t.look.ticket },
      unreadable: { href: '/fleet', text: t.look.fleet },
      undecided: { href: '/fleet', text: t.look.fleet },
    };
    const refused = Object.entries(day.Refused);
    const refusals = [...countKinds(refused)].map(
      ([kind, total]): Outcome => ({
        label: SCAN_KINDS[kind][language],
        total,
        verdicts: refused.filter(([verdict]) => scanKindOf(verdict) === kind).sort(([, a], [, b]) => b - a),
        next: next[kind] ?? null,
        drawn: null,
      }),
    );
    const quarantined: Outcome = {
      label: t.quarantinedStep,
      total: day.Quarantined,
      verdicts: [],
      next: { href: '/outbox?kind=quarantined', text: t.look.outbox },
      drawn: { colour: 'bad', of: ({ Quarantined }) => Quarantined },
    };
    return [
      {
        label: t.entries,
        total: day.Entries,
        verdicts: [],
        next: null,
        drawn: { colour: 'accent', of: ({ Entries }) => Entries },
      },
      ...refusals,
      ...(day.Quarantined === 0 ? [] : [quarantined]),
    ];
  }, [day, t, language]);
}
