import { LeftOutlined, RightOutlined } from '@ant-design/icons';
import { Button, Form, Input, Select, Space } from 'antd';
import { useEffect, useState } from 'react';
import { useLocation } from 'wouter';
import { inEachLanguage, useBegun, useWords } from '../begin/begun.ts';
import { businessDateAt, dayAfter } from '../look/shown.ts';
import { type FilterField, namesOf } from './filter-field.ts';
import { Picker, useKindLabel } from './picker.tsx';
import { SavedFilters, useSaved } from './saved-filters.tsx';
import { useFilters } from './use-filters.ts';

type Filled = Readonly<Record<string, string | undefined>>;

const WORDS = inEachLanguage({
  search: ['查询', 'Search'],
  clear: ['清除条件', 'Clear'],
  save: ['保存条件', 'Save these'],
  more: ['更多条件', 'More filters'],
  fewer: ['收起条件', 'Fewer filters'],
  before: ['前一天', 'The day before'],
  after: ['后一天', 'The day after'],
  today: ['今天', 'Today'],
  yesterday: ['昨天', 'Yesterday'],
  week: ['近 7 天', 'Last 7 days'],
  until: (label: string) => [`${label}，截止`, `${label}, until`],
});

/** On a narrow screen this many fields are shown above the list; the others on demand. */
const ALWAYS_SHOWN = 2;

const today = () => businessDateAt(Date.now());

/** What holds under a name where the address says nothing. */
function usual(field: FilterField, name: string): string {
  if (field.kind === 'date') return name === field.name ? (field.usual ?? today()) : '';
  return field.kind === 'choice' ? (field.choices[0]?.[0] ?? '') : '';
}

/** Whether what was entered holds at once: choices and whole dates. While a year is typed, it is one of antiquity. */
const holdsAtOnce = ({ kind }: FilterField, value: string) =>
  kind === 'choice' || kind === 'pick' || (kind !== 'text' && (value === '' || value >= '2000'));

/** The names that do not hold, of a field and the one it is instead of: those of the other, unless that was changed. */
const ruledOut = (fields: readonly FilterField[], filled: Filled, changed: Filled = {}): readonly string[] =>
  fields.flatMap((field) => {
    const other = fields.find(({ name }) => 'instead' in field && name === field.instead);
    if (other === undefined || (filled[field.name] ?? '') === '') return [];
    return namesOf(other).some((name) => name in changed) ? [field.name] : namesOf(other);
  });

/**
 * The form of a list's filters: those given, and those that its declaration says to name a thing. Choices and dates hold at once;
 * texts once they are sent. On a phone the first two are shown, and those that narrow the list already.
 */
export function FilterBar({ fields: given }: { fields: readonly FilterField[] }) {
  const t = useWords(WORDS);
  const labelOf = useKindLabel();
  const { Pickers, checkedBy } = useBegun();
  const [path] = useLocation();
  const { of, set, query } = useFilters();
  const [form] = Form.useForm<Filled>();
  const [isUnfolded, setUnfolded] = useState(false);
  const declared = (Pickers[path] ?? [])
    .filter(({ Name, Of }) => given.every(({ name }) => name !== Name) && (Of !== 'account' || checkedBy !== 'gate'))
    .map(({ Name, Of }) => ({ name: Name, kind: 'pick', of: Of }) as const);
  const fields: readonly FilterField[] = [...given, ...declared];
  const saved = useSaved(path, fields);
  const hasTexts = fields.some(({ kind }) => kind === 'text');
  const isSet = (field: FilterField) => namesOf(field).some((name) => of(name) !== '');
  const isFiltered = fields.some(isSet);
  const isMinor = (field: FilterField, place: number) => place >= ALWAYS_SHOWN && !isSet(field);
  const held = Object.fromEntries(fields.flatMap(namesOf).map((name) => [name, of(name)]));
  const idle = ruledOut(fields, held);
  const inAddress = Object.fromEntries(
    fields.flatMap((field) =>
      namesOf(field).map((name) => [name, idle.includes(name) ? '' : held[name] || usual(field, name)]),
    ),
  );
  // The address may change by other means: a link, or the browser's way back.
  useEffect(() => form.setFieldsValue(inAddress), [query]);
  function send(filled: Filled, changed: Filled = {}): void {
    const out = ruledOut(fields, filled, changed);
    const entries = fields.flatMap((field) =>
      namesOf(field).map((name) => {
        const value = filled[name] ?? '';
        return [name, out.includes(name) || value === usual(field, name) ? '' : value];
      }),
    );
    set(Object.fromEntries(entries));
  }
  const go = (changed: Filled) => send({ ...form.getFieldsValue(), ...changed }, changed);
  if (fields.length === 0) return null;
  return (
    <>
      <SavedFilters {...saved} />
      <Form
        name="filter"
        form={form}
        className={isUnfolded ? 'filters' : 'filters folded'}
        layout="vertical"
        initialValues={inAddress}
        onFinish={(filled) => send(filled)}
        onValuesChange={(changed, filled) => {
          const isWhole = (field: FilterField) =>
            namesOf(field).some((name) => name in changed && holdsAtOnce(field, changed[name] ?? ''));
          if (fields.some(isWhole)) send(filled, changed);
        }}
      >
        {fields.map((field, place) => (
          <Form.Item
            key={field.name}
            {...(field.kind !== 'date' && field.kind !== 'dates'
              ? { name: field.name }
              : { htmlFor: `filter_${field.name}` })}
            label={field.label ?? (field.kind === 'pick' ? labelOf(field.of) : '')}
            className={`filter ${field.kind} ${isMinor(field, place) ? 'minor' : ''}`}
          >
            {field.kind === 'choice' ? (
              <Select
                options={field.choices.map(([value, label]) => ({ value, label }))}
                popupMatchSelectWidth={false}
              />
            ) : field.kind === 'pick' ? (
              <Picker of={field.of} />
            ) : field.kind === 'date' ? (
              <DateField {...field} shown={of(field.name) || usual(field, field.name)} go={go} />
            ) : field.kind === 'dates' ? (
              <DatesField {...field} go={go} />
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
          {saved.save === null ? null : <Button onClick={saved.save}>{t.save}</Button>}
        </div>
      </Form>
    </>
  );
}

type Go = { go: (changed: Filled) => void };

/** A business date, with the ways to those that are asked for most. */
function DateField({
  name,
  until,
  label,
  shown,
  go,
}: Go & { name: string; until?: string | undefined; label: string; shown: string }) {
  const t = useWords(WORDS);
  const to = (date: string) => () => go({ [name]: date, ...(until !== undefined && { [until]: '' }) });
  return (
    <Space.Compact className="days">
      <Button icon={<LeftOutlined aria-hidden />} aria-label={t.before} onClick={to(dayAfter(shown, -1))} />
      <Form.Item name={name} noStyle>
        <Input type="date" />
      </Form.Item>
      {until === undefined ? null : (
        <Form.Item name={until} noStyle>
          <Input type="date" aria-label={t.until(label)} title={t.until(label)} />
        </Form.Item>
      )}
      <Button
        icon={<RightOutlined aria-hidden />}
        aria-label={t.after}
        disabled={shown >= today()}
        onClick={to(dayAfter(shown, 1))}
      />
      <Button onClick={to(today())}>{t.today}</Button>
      <Button onClick={to(dayAfter(today(), -1))}>{t.yesterday}</Button>
      {until === undefined ? null : (
        <Button onClick={() => go({ [name]: dayAfter(today(), -6), [until]: today() })}>{t.week}</Button>
      )}
    </Space.Compact>
  );
}

/** Dates from one to another. */
function DatesField({ name, until, label, go }: Go & { name: string; until: string; label: string }) {
  const t = useWords(WORDS);
  const to = (days: number, last: number) => () =>
    go({ [name]: dayAfter(today(), -days), [until]: dayAfter(today(), -last) });
  return (
    <Space wrap size={4}>
      <Space.Compact>
        <Form.Item name={name} noStyle>
          <Input type="date" />
        </Form.Item>
        <Form.Item name={until} noStyle>
          <Input type="date" aria-label={t.until(label)} />
        </Form.Item>
      </Space.Compact>
      <Space.Compact>
        <Button onClick={to(0, 0)}>{t.today}</Button>
        <Button onClick={to(1, 1)}>{t.yesterday}</Button>
        <Button onClick={to(6, 0)}>{t.week}</Button>
      </Space.Compact>
    </Space>
  );
}
