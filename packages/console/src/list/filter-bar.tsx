import { Button, Input, Select } from 'antd';
import { useEffect, useId, useState } from 'react';
import { type InEachLanguage, useWords } from '../begin/begun.ts';
import { useFilters } from './use-filters.ts';

/** What a list can be narrowed by; the address holds it under `name`. */
export type FilterField = {
  readonly name: string;
  readonly label: string;
} & (
  | { readonly kind: 'text'; readonly hint?: string }
  | { readonly kind: 'date' }
  /** The first choice is what holds where the address says nothing. */
  | { readonly kind: 'choice'; readonly choices: readonly { readonly value: string; readonly label: string }[] }
);

const zh = { search: '查询', clear: '清除条件', more: '更多条件', fewer: '收起条件' };
const WORDS: InEachLanguage<typeof zh> = {
  zh,
  en: { search: 'Search', clear: 'Clear', more: 'More filters', fewer: 'Fewer filters' },
};

/** On a narrow screen this many fields are shown above the list; the others on demand. */
const ALWAYS_SHOWN = 2;

/**
 * The form of a list's filters. Choices and dates hold at once; texts once they are sent. On a phone the first two are shown,
 * and those that narrow the list already.
 */
export function FilterBar({ fields }: { fields: readonly FilterField[] }) {
  const t = useWords(WORDS);
  const filters = useFilters();
  const hasTexts = fields.some(({ kind }) => kind === 'text');
  const isFiltered = fields.some(({ name }) => filters.of(name) !== '');
  const isMinor = (field: FilterField, place: number) => place >= ALWAYS_SHOWN && filters.of(field.name) === '';
  const [isUnfolded, setUnfolded] = useState(false);
  const [typed, setTyped] = useState<Readonly<Record<string, string>>>({});
  // The address may change by other means: a link, or the browser's way back.
  useEffect(() => setTyped({}), [filters.query]);
  return (
    <form
      className={isUnfolded ? 'filters' : 'filters folded'}
      onSubmit={(event) => {
        event.preventDefault();
        filters.set(typed);
      }}
    >
      {fields.map((field, place) => (
        <FilterInput
          key={field.name}
          field={field}
          isMinor={isMinor(field, place)}
          value={typed[field.name] ?? filters.of(field.name)}
          type={(value) => setTyped((before) => ({ ...before, [field.name]: value }))}
          choose={(value) => filters.set({ ...typed, [field.name]: value })}
        />
      ))}
      <div className="filter-actions">
        {hasTexts ? (
          <Button type="primary" htmlType="submit">
            {t.search}
          </Button>
        ) : null}
        {fields.some(isMinor) ? (
          <Button className="filter-fold" aria-expanded={isUnfolded} onClick={() => setUnfolded(!isUnfolded)}>
            {isUnfolded ? t.fewer : t.more}
          </Button>
        ) : null}
        {isFiltered ? (
          <Button onClick={() => filters.set(Object.fromEntries(fields.map(({ name }) => [name, ''])))}>
            {t.clear}
          </Button>
        ) : null}
      </div>
    </form>
  );
}

function FilterInput({
  field,
  isMinor,
  value,
  type,
  choose,
}: {
  field: FilterField;
  isMinor: boolean;
  value: string;
  type(value: string): void;
  choose(value: string): void;
}) {
  const id = useId();
  return (
    <div className={isMinor ? 'filter minor' : 'filter'}>
      <label htmlFor={id}>{field.label}</label>
      {field.kind === 'choice' ? (
        <Select
          id={id}
          value={value === '' ? (field.choices[0]?.value ?? '') : value}
          options={[...field.choices]}
          onChange={(chosen) => choose(chosen === field.choices[0]?.value ? '' : chosen)}
          popupMatchSelectWidth={false}
        />
      ) : field.kind === 'date' ? (
        <Input
          id={id}
          type="date"
          value={value}
          // While a year is typed, it is one of antiquity.
          onChange={({ target: { value: date } }) => (date === '' || date >= '2000' ? choose(date) : type(date))}
        />
      ) : (
        <Input
          id={id}
          value={value}
          placeholder={field.hint}
          onChange={({ target }) => type(target.value)}
          autoComplete="off"
          spellCheck={false}
        />
      )}
    </div>
  );
}
