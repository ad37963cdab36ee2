import { useLanguage, type usePalette, useWords } from '@ticket-check/console';
import { countKinds, SCAN_KINDS, type ScanKind, scanKindOf } from '@ticket-check/protocol/scan-kinds';
import { useMemo } from 'react';
import type { Today } from '../../src/today/told.ts';
import { WORDS } from './words.ts';

type Step = Today['Steps'][number];

/** A result of checks: a colour of the chart, and a row of the table. */
export type Outcome = {
  readonly label: string;
  readonly colour: keyof ReturnType<typeof usePalette>;
  readonly isRefusal: boolean;
  readonly total: number;
  /** The verdicts that it is made of, the most frequent first. */
  readonly verdicts: readonly (readonly [verdict: string, count: number])[];
  /** Where one looks next, and what that is called. */
  readonly next: { readonly href: string; readonly text: string } | null;
  of(step: Step): number;
};

const COLOURS = {
  admitted: 'accent',
  entered: 'amber',
  invalid: 'violet',
  unreadable: 'teal',
  undecided: 'pink',
  other: 'grey',
} as const satisfies Record<ScanKind, Outcome['colour']>;

/** The results of a day, the lowest of the chart first: entries, the kinds of refusals, quarantined records. */
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
    const sums = new Map<string, number>();
    for (const { Refused } of day.Steps) {
      for (const [verdict, count] of Object.entries(Refused)) sums.set(verdict, (sums.get(verdict) ?? 0) + count);
    }
    const refusals = [...countKinds(sums)].map(
      ([kind, total]): Outcome => ({
        label: SCAN_KINDS[kind][language],
        colour: COLOURS[kind],
        isRefusal: true,
        total,
        verdicts: [...sums].filter(([verdict]) => scanKindOf(verdict) === kind).sort(([, a], [, b]) => b - a),
        next: next[kind] ?? null,
        of: ({ Refused }) => countKinds(Object.entries(Refused)).get(kind) ?? 0,
      }),
    );
    const quarantined = day.Steps.reduce((sum, { Quarantined }) => sum + Quarantined, 0);
    const record = { isRefusal: false, verdicts: [] } as const;
    return [
      {
        ...record,
        label: t.entries,
        colour: COLOURS.admitted,
        total: day.Entries,
        next: null,
        of: ({ Entries }) => Entries,
      },
      ...refusals,
      ...(quarantined === 0
        ? []
        : [
            {
              ...record,
              label: t.quarantinedStep,
              colour: 'bad',
              total: quarantined,
              next: { href: '/outbox?kind=quarantined', text: t.look.outbox },
              of: ({ Quarantined }: Step) => Quarantined,
            } as const,
          ]),
    ];
  }, [day.Steps, day.Entries, t, language]);
}
