import { parseCinemaCodes } from '@ticket-check/operators';
import type { CinemaCode } from '@ticket-check/protocol';
import type { Language } from './language.ts';
import type { Access, Answer, Page, PageSet, Redirect, SetRequest } from './page.ts';
import type { SentTexts } from './sent-texts.ts';
import { WORDS } from './words.ts';

/** What stands at the end of a row: a text, a link, or a button that posts `sends`; null if nothing can be done with it. */
type RowAct = string | { path: string; label: string; of: string; sends?: string } | null;

/** What `kit/table` shows; a head beyond those of the cells is that of what can be done with a row. */
export type Table = {
  readonly heads: readonly string[];
  readonly rows: readonly { readonly cells: readonly string[]; readonly act: RowAct }[];
};

/** A list whose entries are added and managed on pages of their own. */
export function listPage(
  title: string,
  table: Table,
  shown: { add: { path: string; label: string }; none?: string; intro?: string; done?: string | null },
): Page {
  return { title, view: 'kit/list', data: { title, intro: null, done: null, none: '', ...table, ...shown } };
}

/** Of an input of HTML: true has no value, and false leaves it out. */
type Attributes = Readonly<Record<string, string | number | boolean>>;

/** An input with its label (null: not for people), or choices under a legend; the hint is shown below. */
export type Field = { readonly name: string; readonly hint?: string } & (
  | { readonly label: string | null; readonly attributes: Attributes }
  | { readonly legend: string; readonly choices: readonly Choice[] }
);

type Choice = {
  readonly type: 'radio' | 'checkbox';
  readonly name: string;
  readonly value: string;
  readonly label: string;
  readonly isChosen: boolean;
};

/** An input that has to be filled in. */
export const input = (name: string, label: string, attributes: Attributes, hint?: string): Field => ({
  ...{ name, label, attributes: { required: true, ...attributes } },
  ...(hint !== undefined && { hint }),
});

/** An input for a name that machines read. */
export const nameInput = (name: string, label: string, attributes: Attributes, hint?: string): Field =>
  input(name, label, { autocapitalize: 'none', spellcheck: 'false', maxlength: 64, ...attributes }, hint);

export const passwordInput = (name: string, label: string, attributes: Attributes = {}, hint?: string): Field =>
  input(name, label, { type: 'password', autocomplete: 'current-password', maxlength: 256, ...attributes }, hint);

/** Confirms that it is the operator who asks. */
export const ownPassword = (language: Language, attributes?: Attributes): Field =>
  passwordInput('current', WORDS[language].ownPassword, attributes);

type Link = { readonly path: string; readonly label?: string };

/** What `kit/form` shows. */
export type Form = {
  readonly action: string;
  readonly hidden?: Readonly<Record<string, string>>;
  readonly fields: readonly Field[];
  readonly submit: string;
  readonly isDanger?: boolean;
  /** Beside the button; labelled as cancelling by default. */
  readonly cancel?: Link;
};

/** What `kit/passkey-form` shows: makes a passkey, or shows one, by these options. */
type PasskeyForm = {
  readonly kind: 'make' | 'show';
  readonly options: object;
  readonly action: string;
  readonly hidden: Readonly<Record<string, string>>;
  readonly button: string;
};

/** A page with a form, from top to bottom. */
export function formPage(
  shown: {
    readonly title: string;
    readonly isWide?: boolean;
    readonly notices?: readonly string[];
    readonly texts?: readonly string[];
    /** A line for a shell. */
    readonly command?: string | null;
    /** How an authenticator app is set up: its key, and the symbol that has it as SVG. */
    readonly app?: { readonly words: object; readonly secret: string; readonly symbol: string };
    readonly passkey?: PasskeyForm | null;
    readonly form?: Form | null;
    readonly hint?: string;
    readonly link?: Link;
  },
  { fault = undefined, ...answer }: Answer = {},
): Page {
  const parts = { isWide: false, notices: [], texts: [], command: null, app: null, form: null, hint: null, link: null };
  const passkey = shown.passkey && { ...shown.passkey, options: JSON.stringify(shown.passkey.options) };
  return {
    title: shown.title,
    view: 'kit/form-page',
    ...(passkey && { script: 'passkey' }),
    ...answer,
    data: { ...parts, ...shown, passkey: passkey ?? null, fault: fault ?? null },
  };
}

/** Confirms a change: says what it means. */
export function confirmation(
  { title, text, back, ...form }: Form & { readonly title: string; readonly text: string; readonly back: string },
  answer: Answer = {},
): Page {
  return formPage({ title, texts: [text], form: { isDanger: true, cancel: { path: back }, ...form } }, answer);
}

/** What was filled in is refused: the form is shown again, with why. */
export class FormRefused extends Error {
  override readonly name = 'FormRefused';
  readonly answer: Answer;

  constructor(answer: Answer) {
    super(answer.fault);
    this.answer = answer;
  }
}

type Pages = NonNullable<PageSet['pages']>;

/** A form at a path: how it is shown, and what is done with what was filled in, which may throw `FormRefused`. */
export function formAt(
  path: string,
  access: Access,
  show: (request: SetRequest, answer: Answer) => Page | Redirect | Promise<Page | Redirect>,
  make: (request: SetRequest) => Promise<Page | Redirect>,
): Pages {
  return [
    { method: 'get', path, access, handler: async (request) => show(request, {}) },
    {
      ...{ method: 'post', path, access },
      async handler(request) {
        try {
          return await make(request);
        } catch (error) {
          if (error instanceof FormRefused) return show(request, error.answer);
          throw error;
        }
      },
    },
  ];
}

/** Shows something this once, such as a one-time password: by name and value, the secret last, or as a list of codes. */
export function issuedPage(
  shown: { title: string; text: string; next: string } & (
    | { issued: [string, string][] }
    | { codes: readonly string[]; submit: string; done: string | null }
  ),
): Page {
  return { title: shown.title, view: 'kit/issued', data: { codes: null, done: null, ...shown } };
}

/** Which cinemas something is for: all, or those named. */
export function cinemaFields(
  language: Language,
  { which, cinemas }: { which: string | undefined; cinemas: string },
): Field[] {
  const words = WORDS[language].cinemas;
  const choice = (value: 'all' | 'some') => ({
    ...({ type: 'radio', name: 'which', value, label: words[value], isChosen: which === value } as const),
  });
  return [
    { name: 'which', legend: words.legend, choices: [choice('all'), choice('some')] },
    nameInput('cinemas', words.codes, { value: cinemas, maxlength: 2000, required: false }, words.hint),
  ];
}

/** What the fields of cinemas show. */
export const cinemasShown = (cinemaCodes: readonly string[] | 'all') => ({
  which: cinemaCodes === 'all' ? 'all' : 'some',
  cinemas: cinemaCodes === 'all' ? '' : cinemaCodes.join(', '),
});

/**
 * The cinemas that a form names.
 * @throws FormRefused if it names none, or all and some: nobody gets every cinema by an empty field.
 */
export function chosenCinemas(form: SentTexts, language: Language): CinemaCode[] | 'all' {
  const cinemas = (form.get('cinemas') ?? '').trim().replaceAll('，', ',');
  try {
    if (form.get('which') !== 'all') return parseCinemaCodes(cinemas);
    if (cinemas === '') return 'all';
  } catch {}
  throw new FormRefused({ fault: WORDS[language].cinemas.fault, status: 400 });
}
