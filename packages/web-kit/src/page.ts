import type { Operator, Permission, Session } from '@ticket-check/operators/login';
import { wallClockAt } from '@ticket-check/protocol';
import type { InEachLanguage, Language } from './language.ts';
import type { SentTexts } from './sent-texts.ts';

/** What a page is asked with. */
export type PageRequest = {
  readonly session: Session;
  readonly operator: Operator;
  readonly language: Language;
  readonly address: string;
  readonly query: SentTexts;
  /** What was filled in; empty where nothing was sent. */
  readonly form: SentTexts;
};

/** What a page shows: a view by its name (`claims/list`), and the data that it prints. */
export type Page = {
  readonly title: string;
  readonly view: string;
  readonly data: object;
  /** 200 by default. */
  readonly status?: number;
};

/** Leads to another page, once something has been changed: to load that one again changes nothing. */
export type Redirect = { readonly redirect: string };

type PageHandler = (request: PageRequest) => Promise<Page | Redirect>;

/** A time as pages show it, in China's time, to the minute. */
export function shownTime(epochMs: number): string {
  return wallClockAt(epochMs).slice(0, 16).replace('T', ' ');
}

/** Pages that a capability brings to the console. */
export type PageSet = {
  /** The name under which its views are found. */
  readonly name: string;
  /** The directory of its views, `*.eta`. */
  readonly views: string;
  /** Its entry in the menu, for whoever has the permission. */
  readonly menu: { readonly path: string; readonly label: InEachLanguage; readonly permission: Permission };
  /** Each page needs a permission; null lets everybody pass who is logged in. What a `post` changes is never done for a forged form. */
  readonly pages: readonly {
    readonly method: 'get' | 'post';
    readonly path: string;
    readonly permission: Permission | null;
    readonly handler: PageHandler;
  }[];
};
