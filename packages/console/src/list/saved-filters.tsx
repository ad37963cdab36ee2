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

type Saved = { readonly label: string; readonly query: string };

/**
 * The filters that a person has saved for a screen, in this browser, under what they were called then. Texts are left out: a code
 * that was scanned would admit, and does not stay. `save` saves those that hold; null if there are none, or they are saved already.
 */
export function useSaved(path: string, fields: readonly FilterField[]) {
  const { of } = useFilters();
  const [saved, setSaved] = useKept<readonly Saved[]>(`saved ${path}`, []);
  const kept = fields.filter(({ kind }) => kind !== 'text');
  const codesOf = (kind: NamedKind) =>
    kept.flatMap((field) => (field.kind === 'pick' && field.of === kind && of(field.name) ? [of(field.name)] : []));
  const names = { ...useNames('cinema', codesOf('cinema')), ...useNames('account', codesOf('account')) };
  const labels = kept.map((field) => {
    const called = (value: string) => (field.kind === 'choice' ? field.choices : names)[value] || value;
    return namesOf(field).map(of).filter(Boolean).map(called).join('–');
  });
  const query = withQuery('', Object.fromEntries(kept.flatMap(namesOf).map((name) => [name, of(name)]))).slice(1);
  const save = () => setSaved([...saved, { label: labels.filter(Boolean).join(' · '), query }]);
  return {
    chips: saved.map((one) => ({
      label: one.label,
      path: `${path}?${one.query}`,
      forget: () => setSaved(saved.filter((other) => other !== one)),
    })),
    save: query === '' || saved.some((one) => one.query === query) ? null : save,
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
