import { join } from 'node:path';
import {
  type Answer,
  type Language,
  LONGEST_REASON,
  type Page,
  type PageRequest,
  REASON_WORDS,
} from '@ticket-check/admin';
import type { CheckRecord } from '@ticket-check/protocol';

/** The views of these pages, which the page set `entries` brings. */
export const TICKET_VIEWS = join(import.meta.dirname, 'views');

type Link = { readonly href: string; readonly text: string };

/** A cell of the view `entries/table`; `of` names its row to screen readers, and the gate of a form. */
export type Cell =
  | string
  | { readonly code: string }
  | { readonly lines: readonly string[] }
  | { readonly links: readonly (Link & { readonly isAway?: boolean })[]; readonly of: string }
  | { readonly form: string; readonly text: string; readonly of: string };

/** A table of a page. */
export type Table = { readonly heads: readonly string[]; readonly rows: readonly (readonly Cell[])[] };

/** Names and values below each other. */
type Facts = readonly (readonly [name: string, value: string])[];

/** A change for which an operator gives a reason and the own password. */
type Asked = {
  readonly title: string;
  readonly what: string;
  readonly facts: Facts;
  readonly notices?: readonly { readonly text: string; readonly link: Link | null }[];
  readonly consequences: readonly string[];
  readonly hint: string;
  readonly submit: string;
  /** Where the form is sent, and the page to return to. */
  readonly action: string;
  readonly list: string;
};

/** Builds the page that asks for the reason, again with what was wrong in the form. */
export function reasonPage(
  { language }: PageRequest,
  { title, ...asked }: Asked,
  { fault, reason = '', ...answer }: Answer & { reason?: string | undefined } = {},
): Page {
  return {
    title,
    view: 'entries/reason',
    status: fault === undefined ? 200 : 400,
    ...answer,
    data: {
      notices: [],
      ...asked,
      fault: fault ?? null,
      reason,
      longest: LONGEST_REASON,
      asked: REASON_WORDS[language],
    },
  };
}

/** Builds the page with the outcome of such a change. */
export function endedPage({
  title,
  status = 200,
  ...data
}: {
  readonly title: string;
  readonly status?: number;
  readonly text: string;
  readonly tone: 'good' | 'bad' | '';
  readonly facts: Facts;
  readonly links: readonly Link[];
}): Page {
  return { title, view: 'entries/ended', status, data };
}

type Seat = Pick<CheckRecord, 'screenName' | 'filmName' | 'rowNum' | 'columnNum'>;

export const filmOf = ({ screenName, filmName }: Seat): string =>
  [screenName, filmName].filter((name) => name !== '').join(' ') || '–';

export function seatOf({ rowNum, columnNum }: Seat, language: Language): string {
  if (rowNum <= 0 || columnNum <= 0) return '–';
  return language === 'zh' ? `${rowNum}排${columnNum}座` : `row ${rowNum}, seat ${columnNum}`;
}

/** A wall clock as pages show it. */
export const forPeople = (time: string): string => time.replace('T', ' ');
