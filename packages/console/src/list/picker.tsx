import type { DayKind, NamedKind } from '@ticket-check/admin/changes';
import { foundBy } from '@ticket-check/protocol/pinyin';
import { Select } from 'antd';
import { useState } from 'react';
import { inEachLanguage, useBegun, useWords } from '../begin/begun.ts';
import { useJson } from '../data/use-json.ts';
import { Named, useFound, useNames, useOnlyCinema } from '../look/names.tsx';
import { useFilters, withQuery } from './use-filters.ts';

const WORDS = inEachLanguage({
  all: ['全部', 'All'],
  reading: ['正在读取……', 'Reading…'],
  none: ['没有可选项，可直接输入编码', 'Nothing to choose from: type a code'],
  cinemaFirst: ['请先选择影院，或直接输入编码', 'Choose a cinema first, or type a code'],
});

type Choice = { readonly code: string; readonly name: string };
type Line = { readonly [name: string]: string | number | null };

/**
 * What the check records of a day are of, from its report; null asks nothing. Of all cinemas of a platform that would be too much to
 * count, and to choose from.
 */
export function useDayChoices(of: DayKind | null, day: { businessDate: string; cinema: string }) {
  const { checkedBy } = useBegun();
  const isBounded = day.cinema !== '' || checkedBy === 'gate';
  const path = of !== null && isBounded ? withQuery('/report.json', { by: of, ...day }) : null;
  const { data, isPending } = useJson<{ readonly Lines: readonly Line[] }>(path);
  const found = of === null || !isBounded ? [] : (data?.Lines ?? []).map((line) => choiceOf(of, line));
  const choices = [...new Map(found.map((choice) => [choice.code, choice])).values()];
  return { choices, isReading: path !== null && isPending, isBounded };
}

function choiceOf(of: DayKind, line: Line): Choice {
  const text = (name: string) => String(line[name] ?? '');
  const time = text('StartTime').slice(11, 16);
  return {
    screen: { code: text('ScreenCode'), name: text('ScreenName') },
    film: { code: text('FilmCode'), name: text('FilmName') },
    gate: { code: text('Gate'), name: '' },
    type: { code: text('TicketType'), name: '' },
    session: { code: text('SessionCode'), name: `${time} ${text('ScreenName')} ${text('FilmName')}` },
  }[of];
}

type Found = { found?: string };

/** What was typed comes after what it finds. */
const typedLast = (a: Found, b: Found) => Number(a.found === undefined) - Number(b.found === undefined);

/** Chooses a thing by its name, its code or the initials of its pinyin. A code that is not offered can be typed too. */
export function Picker({
  of,
  multiple = false,
  value,
  placeholder,
  ...field
}: {
  of: NamedKind;
  /** Whether several may be chosen. */
  multiple?: boolean;
  placeholder?: string;
  'aria-label'?: string;
  // Ant Design's own, or that of a form's field.
  id?: string;
  value?: string | readonly string[] | undefined;
  onChange?: (value: string | undefined) => void;
}) {
  const t = useWords(WORDS);
  const { of: asked } = useFilters();
  const only = useOnlyCinema();
  const [typed, setTyped] = useState('');
  const [isOpen, setOpen] = useState(false);
  const chosen = [value ?? []].flat().filter((code) => code !== '');
  const [named, ofDay] = of === 'cinema' || of === 'account' ? [of, null] : [null, of];
  const found = useFound(typed, named !== null);
  const names = useNames(named ?? 'cinema', named === null ? [] : chosen);
  // It is asked for once somebody wants to choose.
  const day = useDayChoices(isOpen || chosen.length > 0 ? ofDay : null, {
    businessDate: asked('businessDate'),
    cinema: asked('cinema') || only,
  });
  const choices: readonly Choice[] =
    named === null
      ? day.choices
      : Object.entries({ ...found[named], ...names }).map(([code, name]) => ({ code, name }));
  const isOffered = choices.some((choice) => foundBy(choice).includes(typed.toLowerCase()));
  const isCode = of !== 'cinema' || typed.length === 8;
  const offered = isOffered || multiple || !isCode ? choices : [...choices, { code: typed, name: '' }];
  const none = named !== null || day.isBounded ? t.none : t.cinemaFirst;
  return (
    <Select
      {...field}
      {...(multiple && { mode: 'tags', tokenSeparators: [',', '，', ' '] })}
      value={(value === '' ? undefined : value) as string | undefined}
      placeholder={placeholder ?? t.all}
      loading={day.isReading}
      popupMatchSelectWidth={false}
      notFoundContent={day.isReading ? t.reading : none}
      onOpenChange={(isOpen) => {
        setTyped('');
        setOpen(isOpen);
      }}
      showSearch={{
        onSearch: (text) => setTyped(text.trim()),
        ...(multiple && { filterSort: typedLast }),
        filterOption: (text, option) => (option?.found ?? '').includes(text.trim().toLowerCase()),
      }}
      options={[
        ...(multiple ? [] : [{ value: '', label: placeholder ?? t.all, found: '' }]),
        ...offered
          .filter(({ code }) => code !== '')
          .map((choice) => ({ value: choice.code, label: <Named {...choice} />, found: foundBy(choice) })),
      ]}
    />
  );
}
