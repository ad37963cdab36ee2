import { CloseOutlined } from '@ant-design/icons';
import type { NamedKind } from '@ticket-check/admin/changes';
import { Button, Flex, Tag } from 'antd';
import { Link } from 'wouter';
import { inEachLanguage, useWords } from '../begin/begun.ts';
import { useKept } from '../data/kept.ts';
import { useNames } from '../look/names.tsx';
import { type FilterField, namesOf, useFilters, withQuery } from './use-filters.ts';

const WORDS = inEachLanguage({
  saved: ['已保存的条件', 'Saved filters'],
  forget: (label: string) => [`删除 ${label}`, `Delete ${label}`],
});

/**
 * The filters that a person has saved for a screen, in this browser. Texts are left out: a code that was scanned would admit, and
 * does not stay. `save` saves those that hold; null if there are none, or they are saved already.
 */
export function useSaved(path: string, fields: readonly FilterField[]) {
  const { of } = useFilters();
  const [saved, setSaved] = useKept<readonly string[]>(`filters ${path}`, []);
  const kept = fields.filter(({ kind }) => kind !== 'text');
  const codesOf = (kind: NamedKind) =>
    kept.flatMap((field) =>
      field.kind !== 'pick' || field.of !== kind
        ? []
        : saved.flatMap((query) => new URLSearchParams(query).get(field.name) ?? []),
    );
  const names = { ...useNames('cinema', codesOf('cinema')), ...useNames('account', codesOf('account')) };
  function labelOf(query: string): string {
    const parameters = new URLSearchParams(query);
    const labels = kept.map((field) => {
      const called = (value: string) => (field.kind === 'choice' ? field.choices : names)[value] || value;
      return namesOf(field)
        .flatMap((name) => called(parameters.get(name) ?? '') || [])
        .join('–');
    });
    return labels.filter(Boolean).join(' · ');
  }
  const query = withQuery('', Object.fromEntries(kept.flatMap(namesOf).map((name) => [name, of(name)]))).slice(1);
  return {
    chips: saved.map((one) => ({
      label: labelOf(one),
      path: `${path}?${one}`,
      forget: () => setSaved(saved.filter((other) => other !== one)),
    })),
    save: query === '' || saved.includes(query) ? null : () => setSaved([...saved, query]),
  };
}

export function SavedFilters({ chips }: ReturnType<typeof useSaved>) {
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
