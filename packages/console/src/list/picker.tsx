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
/** Ant Design's own, or that of a form's field. */
type Field = {
  id?: string;
  value?: string | readonly string[] | undefined;
  onChange?: (value: string | undefined) => void;
  placeholder?: string;
  'aria-label'?: string;
  /** Whether several may be chosen. */
  multiple?: boolean;
};

/** Chooses a thing by its name, its code or the initials of its pinyin. A code that is not offered can be typed too. */
export const Picker = ({ of, ...field }: Field & { of: NamedKind }) =>
  of === 'cinema' || of === 'account' ? <NamedPicker of={of} {...field} /> : <DayPicker of={of} {...field} />;

function NamedPicker({ of, ...field }: Field & { of: Exclude<NamedKind, DayKind> }) {
  const [typed, setTyped] = useState('');
  const chosen = useNames(
    of,
    [field.value ?? []].flat().filter((code) => code !== ''),
  );
  const names = { ...useFound(typed)[of], ...chosen };
  const choices = Object.entries(names).map(([code, name]) => ({ code, name }));
  return <Choices {...field} choices={choices} onType={setTyped} isCode={of === 'cinema' ? isCinemaCode : undefined} />;
}

type Line = { readonly [name: string]: string | number | null };

/** It is asked for once somebody wants to choose. */
function DayPicker({ of, ...field }: Field & { of: DayKind }) {
  const t = useWords(WORDS);
  const { of: asked } = useFilters();
  const only = useOnlyCinema();
  const [isOpen, setOpen] = useState(false);
  const day = { businessDate: asked('businessDate'), cinema: asked('cinema') || only };
  const { choices, isReading, isBounded } = useDayChoices(of, day, isOpen || Boolean(field.value));
  const none = isBounded ? t.none : t.cinemaFirst;
  return <Choices {...field} choices={choices} none={none} isReading={isReading} onOpen={setOpen} />;
}

/**
 * What the check records of a day are of, from its report. Of all cinemas of a platform that would be too much to count, and to
 * choose from.
 */
export function useDayChoices(of: DayKind, day: { businessDate: string; cinema: string }, isWanted = true) {
  const { checkedBy } = useBegun();
  const isBounded = day.cinema !== '' || checkedBy === 'gate';
  const isAsked = isBounded && isWanted;
  const path = isAsked ? withQuery('/report.json', { by: of, ...day }) : null;
  const { data, isPending } = useJson<{ readonly Lines: readonly Line[] }>(path);
  const found = ((isBounded && data?.Lines) || []).map((line) => choiceOf(of, line));
  const choices = [...new Map(found.map((choice) => [choice.code, choice])).values()];
  return { choices, isReading: isAsked && isPending, isBounded };
}

function choiceOf(of: DayKind, line: Line): Choice {
  const text = (name: string) => String(line[name] ?? '');
  const time = text('StartTime').slice(11, 16);
  return {
    screen: { code: text('ScreenCode'), name: text('ScreenName') },
    film: { code: text('FilmCode'), name: text('FilmName') },
    gate: { code: text('Gate'), name: '' },
    session: { code: text('SessionCode'), name: `${time} ${text('ScreenName')} ${text('FilmName')}` },
  }[of];
}

type Found = { found?: string };

/** What was typed comes after what it finds. */
const typedLast = (a: Found, b: Found) => Number(a.found === undefined) - Number(b.found === undefined);

const isCinemaCode = (text: string) => text.length === 8;

function Choices({
  choices,
  isCode = () => true,
  none,
  isReading = false,
  onOpen,
  onType,
  multiple = false,
  value,
  placeholder,
  ...field
}: Field & {
  choices: readonly Choice[];
  /** Whether a text that was typed may be one that is not offered. */
  isCode?: ((text: string) => boolean) | undefined;
  /** What is said where there is nothing to choose from. */
  none?: string;
  isReading?: boolean;
  onOpen?: (isOpen: boolean) => void;
  /** Takes what was typed to find one. */
  onType?: (text: string) => void;
}) {
  const t = useWords(WORDS);
  const [typed, setTyped] = useState('');
  const type = (text: string) => {
    setTyped(text);
    onType?.(text);
  };
  const isOffered = choices.some((choice) => foundBy(choice).includes(typed.toLowerCase()));
  const offered = isOffered || multiple || !isCode(typed) ? choices : [...choices, { code: typed, name: '' }];
  return (
    <Select
      {...field}
      {...(multiple && { mode: 'tags', tokenSeparators: [',', '，', ' '] })}
      value={(value === '' ? undefined : value) as string | undefined}
      placeholder={placeholder ?? t.all}
      loading={isReading}
      popupMatchSelectWidth={false}
      notFoundContent={isReading ? t.reading : (none ?? t.none)}
      onOpenChange={(isOpen) => {
        type('');
        onOpen?.(isOpen);
      }}
      showSearch={{
        onSearch: (text) => type(text.trim()),
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
