import { CloseOutlined } from '@ant-design/icons';
import type { NamedKind } from '@ticket-check/admin/changes';
import { Button, Flex, Tag } from 'antd';
import { Link } from 'wouter';
import { inEachLanguage, useWords } from '../begin/begun.ts';
import { useKept } from '../data/kept.ts';
import { useNames } from '../look/names.tsx';
import { type FilterField, namesOf } from './filter-field.ts';
import { useFilters, withQuery } from './use-filters.ts';

const WORDS = inEachLanguage({
  saved: ['已保存的条件', 'Saved filters'],
  forget: (label: string) => [`删除 ${label}`, `Delete ${label}`],
});

type Saved = {
  readonly chips: readonly { readonly label: string; readonly path: string; readonly forget: () => void }[];
  /** Saves the filters that hold; null if there are none to save, or they are saved already. */
  readonly save: (() => void) | null;
};

/**
 * The filters that a person has saved for a screen, in this browser. Texts are left out: a code that was scanned would admit, and
 * does not stay.
 */
export function useSaved(path: string, fields: readonly FilterField[]): Saved {
  const { of } = useFilters();
  const [queries, setQueries] = useKept<readonly string[]>(`filters ${path}`, []);
  const kept = fields.filter(({ kind }) => kind !== 'text');
  const codesOf = (kind: NamedKind) =>
    kept
      .filter((field) => field.kind === 'pick' && field.of === kind)
      .flatMap(({ name }) => queries.map((saved) => new URLSearchParams(saved).get(name) ?? ''))
      .filter((code) => code !== '');
  const names = { ...useNames('cinema', codesOf('cinema')), ...useNames('account', codesOf('account')) };
  const asked = Object.fromEntries(kept.flatMap(namesOf).map((name) => [name, of(name)]));
  const query = withQuery('', asked).slice(1);

  function labelOf(saved: string): string {
    const parts = new URLSearchParams(saved);
    const said = kept.map((field) => {
      const value = parts.get(field.name) ?? '';
      if (field.kind === 'choice') return field.choices[value] ?? value;
      const [, until] = namesOf(field);
      if (until !== undefined && parts.has(until)) return `${value}–${parts.get(until)}`;
      return (field.kind === 'pick' && names[value]) || value;
    });
    return kept.flatMap(({ name }, place) => (parts.has(name) ? [said[place]] : [])).join(' · ');
  }

  return {
    chips: queries.map((saved) => ({
      label: labelOf(saved),
      path: `${path}?${saved}`,
      forget: () => setQueries(queries.filter((other) => other !== saved)),
    })),
    save: query === '' || queries.includes(query) ? null : () => setQueries([...queries, query]),
  };
}

export function SavedFilters({ chips }: Saved) {
  const t = useWords(WORDS);
  if (chips.length === 0) return null;
  return (
    <Flex component="nav" className="panel-head" wrap gap="small" aria-label={t.saved}>
      {chips.map(({ label, path, forget }) => (
        <Tag key={path}>
          <Link href={path}>{label}</Link>
          <Button
            type="text"
            size="small"
            icon={<CloseOutlined aria-hidden />}
            aria-label={t.forget(label)}
            onClick={forget}
          />
        </Tag>
      ))}
    </Flex>
  );
}
