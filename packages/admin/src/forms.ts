import type { Access, Answer, Page, PageRequest, PageSet, Redirect } from './page.ts';

/** Of an input of HTML: true has no value, and false leaves it out. */
type Attributes = Readonly<Record<string, string | number | boolean>>;

/** An input with its label (null: not for people); the hint is shown below. */
type Field = {
  readonly name: string;
  readonly hint?: string;
  readonly label: string | null;
  readonly attributes: Attributes;
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

type Link = { readonly path: string; readonly label?: string };

/** What `kit/form` shows. */
type Form = {
  readonly action: string;
  readonly hidden?: Readonly<Record<string, string>>;
  readonly fields: readonly Field[];
  readonly submit: string;
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
    readonly notices?: readonly string[];
    readonly texts?: readonly string[];
    /** A line for a shell. */
    readonly command?: string | null;
    /** How an authenticator app is set up: its key, and the symbol that has it. */
    readonly app?: {
      readonly words: object;
      readonly secret: string;
      readonly symbol: { readonly size: number; readonly path: string };
    };
    readonly passkey?: PasskeyForm | null;
    readonly form?: Form | null;
    readonly hint?: string;
    readonly link?: Link;
  },
  { fault = undefined, ...answer }: Answer = {},
): Page {
  const parts = { notices: [], texts: [], command: null, app: null, form: null, hint: null, link: null };
  const passkey = shown.passkey && { ...shown.passkey, options: JSON.stringify(shown.passkey.options) };
  return {
    title: shown.title,
    view: 'kit/form-page',
    ...(passkey && { script: 'passkey' }),
    ...answer,
    data: { ...parts, ...shown, passkey: passkey ?? null, fault: fault ?? null },
  };
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
  show: (request: PageRequest, answer: Answer) => Page | Redirect | Promise<Page | Redirect>,
  make: (request: PageRequest) => Promise<Page | Redirect>,
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
