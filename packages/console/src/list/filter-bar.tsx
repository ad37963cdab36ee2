import { LeftOutlined, RightOutlined } from '@ant-design/icons';
import { Button, Form, Grid, Input, Select, Space } from 'antd';
import { type ChangeEvent, useEffect, useState } from 'react';
import { useLocation } from 'wouter';
import { inEachLanguage, useBegun, useDeclared, useWords } from '../begin/begun.ts';
import { useElementName } from '../look/element.tsx';
import { businessDateAt, dayAfter } from '../look/shown.ts';
import { Actions } from '../shell/screen-page.tsx';
import { Picker } from './picker.tsx';
import { SavedFilters, useSaved } from './saved-filters.tsx';
import { type FilterField, namesOf, useFilters } from './use-filters.ts';

type Filled = Readonly<Record<string, string | undefined>>;

const WORDS = inEachLanguage({
  search: ['查询', 'Search'],
  clear: ['清除条件', 'Clear'],
  save: ['保存条件', 'Save these'],
  more: ['更多条件', 'More filters'],
  fewer: ['收起条件', 'Fewer filters'],
  all: ['全部', 'All'],
  before: ['往前', 'Earlier'],
  after: ['往后', 'Later'],
  today: ['今天', 'Today'],
  yesterday: ['昨天', 'Yesterday'],
  week: ['近 7 天', 'Last 7 days'],
  month: ['本月', 'This month'],
  lastMonth: ['上月', 'Last month'],
  until: (label: string) => [`${label}，截止`, `${label}, until`],
});

/** On a narrow screen this many fields are shown above the list; the others on demand. */
const ALWAYS_SHOWN = 2;

const today = () => businessDateAt(Date.now());

/** What holds under a name where the address says nothing. */
function usual(field: FilterField, name: string): string {
  if (field.kind === 'date') return name === field.name ? (field.usual ?? today()) : '';
  return field.kind === 'choice' && field.always ? (Object.keys(field.choices)[0] ?? '') : '';
}

/** Whether what was entered holds at once: choices and whole dates. While a year is typed, it is one of antiquity. */
const holdsAtOnce = ({ kind }: FilterField, value: string) =>
  kind === 'choice' || kind === 'pick' || (kind === 'date' && (value === '' || value >= '2000'));

/**
 * The fields of a list: the dates that it is declared with, those given, and the things that it is declared with. A given one is
 * instead of a declared one.
 */
function useFields(given: readonly FilterField[]): readonly FilterField[] {
  const { checkedBy } = useBegun();
  const [path] = useLocation();
  const { Filters } = useDeclared(path);
  const until = Filters.find(({ Of }) => Of === 'until')?.Name;
  const declared = Filters.flatMap(({ Name: name, Of: of }): FilterField[] => {
    if (of === 'until' || given.some((field) => field.name === name) || (of === 'account' && checkedBy === 'gate'))
      return [];
    if (of !== 'date') return [{ name, kind: 'pick', of }];
    return [{ name, kind: 'date', ...(until !== undefined && { until }) }];
  });
  return [
    ...declared.filter(({ kind }) => kind === 'date'),
    ...given,
    ...declared.filter(({ kind }) => kind === 'pick'),
  ];
}

/**
 * The form of a list's filters. Choices and dates hold at once; texts once they are sent. On a phone the first two are shown, and
 * those that narrow the list already.
 */
export function FilterBar({ fields: given = [] }: { fields?: readonly FilterField[] }) {
  const t = useWords(WORDS);
  const nameOf = useElementName();
  const [path] = useLocation();
  const { of, set, query } = useFilters();
  const [form] = Form.useForm<Filled>();
  const [isUnfolded, setUnfolded] = useState(false);
  const fields = useFields(given);
  const saved = useSaved(path, fields);
  const isSet = (field: FilterField) => namesOf(field).some((name) => of(name) !== '');
  const { md: isWide = false } = Grid.useBreakpoint();
  const isMinor = (field: FilterField, place: number) => !isWide && place >= ALWAYS_SHOWN && !isSet(field);
  const inAddress = Object.fromEntries(
    fields.flatMap((field) => namesOf(field).map((name) => [name, of(name) || usual(field, name)])),
  );
  // The address may change by other means: a link, or the browser's way back.
  useEffect(() => form.setFieldsValue(inAddress), [query]);
  function send(filled: Filled): void {
    const entries = fields.flatMap((field) =>
      namesOf(field).map((name) => [name, filled[name] === usual(field, name) ? '' : (filled[name] ?? '')]),
    );
    set(Object.fromEntries(entries));
  }
  const labelOf = (field: FilterField) => field.label ?? nameOf(field.name);
  if (fields.length === 0) return null;
  return (
    <>
      <SavedFilters {...saved} />
      <Form
        name="filter"
        form={form}
        className="filters"
        layout="vertical"
        initialValues={inAddress}
        onFinish={send}
        onValuesChange={(changed, filled) => {
          const isWhole = (field: FilterField) =>
            namesOf(field).some((name) => name in changed && holdsAtOnce(field, changed[name] ?? ''));
          if (fields.some(isWhole)) send(filled);
        }}
      >
        {fields
          .filter((field, place) => isUnfolded || !isMinor(field, place))
          .map((field) => (
            <Form.Item
              key={field.name}
              {...(field.kind === 'date' ? { htmlFor: `filter_${field.name}` } : { name: field.name })}
              {...(field.kind === 'time' && { getValueFromEvent: withSeconds })}
              label={labelOf(field)}
              className={`filter ${field.kind}`}
            >
              {field.kind === 'choice' ? (
                <Select
                  options={Object.entries({ ...(!field.always && { '': t.all }), ...field.choices }).map(
                    ([value, label]) => ({ value, label }),
                  )}
                  popupMatchSelectWidth={false}
                />
              ) : field.kind === 'pick' ? (
                <Picker of={field.of} />
              ) : field.kind === 'date' ? (
                <DateField
                  {...field}
                  label={labelOf(field)}
                  shown={namesOf(field).map((name) => inAddress[name] ?? '')}
                  go={(changed) => send({ ...form.getFieldsValue(), ...changed })}
                />
              ) : field.kind === 'time' ? (
                <Input type="datetime-local" step={1} />
              ) : (
                <Input placeholder={field.hint} autoComplete="off" spellCheck={false} />
              )}
            </Form.Item>
          ))}
        <Actions>
          {fields.some(({ kind }) => kind === 'text') ? (
            <Button type="primary" htmlType="submit">
              {t.search}
            </Button>
          ) : null}
          {fields.some(isMinor) ? (
            <Button aria-expanded={isUnfolded} onClick={() => setUnfolded(!isUnfolded)}>
              {isUnfolded ? t.fewer : t.more}
            </Button>
          ) : null}
          {fields.some(isSet) ? <Button onClick={() => send({})}>{t.clear}</Button> : null}
          {saved.save === null ? null : <Button onClick={saved.save}>{t.save}</Button>}
        </Actions>
      </Form>
    </>
  );
}

/** Browsers leave out seconds that are 0. */
const withSeconds = ({ target: { value } }: ChangeEvent<HTMLInputElement>) =>
  value.length === '2026-11-26T20:15'.length ? `${value}:00` : value;

type Dates = readonly [since: string, until: string];

/** The first and the last date of the month some months later, or earlier. */
function monthAfter(date: string, months: number): Dates {
  const [year = 0, month = 0] = date.split('-').map(Number);
  const first = new Date(Date.UTC(year, month - 1 + months)).toISOString().slice(0, 10);
  return [first, dayAfter(new Date(Date.UTC(year, month + months)).toISOString().slice(0, 10), -1)];
}

/** As many dates as are shown, after these or before them: those of a month lead to a month. */
function datesAfter([since, until]: Dates, sign: 1 | -1): Dates {
  const [first, last] = monthAfter(since, 0);
  if (since === first && until === last) return monthAfter(since, sign);
  const days = until === '' ? 1 : (Date.parse(until) - Date.parse(since)) / 86_400_000 + 1;
  return [dayAfter(since, sign * days), until === '' ? '' : dayAfter(until, sign * days)];
}

/** Business dates, with the ways to those that are asked for most. */
function DateField({
  name,
  until,
  usual: isUsually,
  label,
  shown,
  go,
}: Extract<FilterField, { kind: 'date' }> & { label: string; shown: readonly string[]; go(changed: Filled): void }) {
  const t = useWords(WORDS);
  const to = ([since, last]: Dates) => go({ [name]: since, ...(until !== undefined && { [until]: last }) });
  // Without a usual date, a single one is the first of several.
  const one = (date: string): Dates => [date, isUsually === '' ? date : ''];
  const [since = '', last = ''] = shown;
  const from: Dates = since === '' ? one(today()) : [since, last];
  const ways: readonly (readonly [string, Dates])[] = [
    [t.today, one(today())],
    [t.yesterday, one(dayAfter(today(), -1))],
    [t.week, [dayAfter(today(), -6), today()]],
    [t.month, monthAfter(today(), 0)],
    [t.lastMonth, monthAfter(today(), -1)],
  ];
  return (
    <Space.Compact className="days" style={{ flexWrap: 'wrap' }}>
      <Button icon={<LeftOutlined aria-hidden />} aria-label={t.before} onClick={() => to(datesAfter(from, -1))} />
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
        disabled={(from[1] || from[0]) >= today()}
        onClick={() => to(datesAfter(from, 1))}
      />
      {ways.slice(0, until === undefined ? 2 : ways.length).map(([way, dates]) => (
        <Button key={way} onClick={() => to(dates)}>
          {way}
        </Button>
      ))}
    </Space.Compact>
  );
}
