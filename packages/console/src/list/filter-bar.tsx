import { Button, Form, Input, Select } from 'antd';
import { useEffect, useState } from 'react';
import { inEachLanguage, useWords } from '../begin/begun.ts';
import { useFilters } from './use-filters.ts';

/** What a list can be narrowed by; the address holds it under `name`. */
export type FilterField = {
  readonly name: string;
  readonly label: string;
} & (
  | { readonly kind: 'text'; readonly hint?: string }
  | { readonly kind: 'date' }
  /** The first choice is what holds where the address says nothing. */
  | { readonly kind: 'choice'; readonly choices: readonly (readonly [value: string, label: string])[] }
);

const WORDS = inEachLanguage({
  search: ['查询', 'Search'],
  clear: ['清除条件', 'Clear'],
  more: ['更多条件', 'More filters'],
  fewer: ['收起条件', 'Fewer filters'],
});

/** On a narrow screen this many fields are shown above the list; the others on demand. */
const ALWAYS_SHOWN = 2;

const usual = (field: FilterField) => (field.kind === 'choice' ? (field.choices[0]?.[0] ?? '') : '');

/** Whether what was entered holds at once: choices and whole dates. While a year is typed, it is one of antiquity. */
const holdsAtOnce = ({ kind }: FilterField, value: string) =>
  kind === 'choice' || (kind === 'date' && (value === '' || value >= '2000'));

/**
 * The form of a list's filters. Choices and dates hold at once; texts once they are sent. On a phone the first two are shown,
 * and those that narrow the list already.
 */
export function FilterBar({ fields }: { fields: readonly FilterField[] }) {
  const t = useWords(WORDS);
  const { of, set, query } = useFilters();
  const [form] = Form.useForm<Record<string, string>>();
  const [isUnfolded, setUnfolded] = useState(false);
  const hasTexts = fields.some(({ kind }) => kind === 'text');
  const isFiltered = fields.some(({ name }) => of(name) !== '');
  const isMinor = ({ name }: FilterField, place: number) => place >= ALWAYS_SHOWN && of(name) === '';
  const inAddress = Object.fromEntries(fields.map((field) => [field.name, of(field.name) || usual(field)]));
  // The address may change by other means: a link, or the browser's way back.
  useEffect(() => form.setFieldsValue(inAddress), [query]);
  const send = (filled: Readonly<Record<string, string>>) =>
    set(
      Object.fromEntries(
        fields.map((field) => {
          const value = filled[field.name] ?? '';
          return [field.name, value === usual(field) ? '' : value];
        }),
      ),
    );
  return (
    <Form
      name="filter"
      form={form}
      className={isUnfolded ? 'filters' : 'filters folded'}
      layout="vertical"
      initialValues={inAddress}
      onFinish={send}
      onValuesChange={(changed, filled) => {
        if (fields.some((field) => field.name in changed && holdsAtOnce(field, changed[field.name] ?? '')))
          send(filled);
      }}
    >
      {fields.map((field, place) => (
        <Form.Item
          key={field.name}
          name={field.name}
          label={field.label}
          className={isMinor(field, place) ? 'filter minor' : 'filter'}
        >
          {field.kind === 'choice' ? (
            <Select options={field.choices.map(([value, label]) => ({ value, label }))} popupMatchSelectWidth={false} />
          ) : field.kind === 'date' ? (
            <Input type="date" />
          ) : (
            <Input placeholder={field.hint} autoComplete="off" spellCheck={false} />
          )}
        </Form.Item>
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
        {isFiltered ? <Button onClick={() => send({})}>{t.clear}</Button> : null}
      </div>
    </Form>
  );
}
