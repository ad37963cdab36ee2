import type { Answer, Page } from './page.ts';

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
const input = (name: string, label: string, attributes: Attributes, hint?: string): Field => ({
  ...{ name, label, attributes: { required: true, ...attributes } },
  ...(hint !== undefined && { hint }),
});

/** An input for a name that machines read. */
export const nameInput = (name: string, label: string, attributes: Attributes, hint?: string): Field =>
  input(name, label, { autocapitalize: 'none', spellcheck: 'false', maxlength: 64, ...attributes }, hint);

export const passwordInput = (name: string, label: string, attributes: Attributes = {}, hint?: string): Field =>
  input(name, label, { type: 'password', autocomplete: 'current-password', maxlength: 256, ...attributes }, hint);

type Form = {
  readonly action: string;
  readonly hidden?: Readonly<Record<string, string>>;
  readonly fields: readonly Field[];
  readonly submit: string;
};

/** Has a passkey shown by these options. */
type PasskeyForm = {
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
    readonly passkey?: PasskeyForm | null;
    readonly form?: Form | null;
    readonly hint?: string;
    readonly link?: { readonly path: string; readonly label: string };
  },
  { fault = undefined, ...answer }: Answer = {},
): Page {
  const parts = { notices: [], texts: [], command: null, form: null, hint: null, link: null };
  const passkey = shown.passkey && { ...shown.passkey, options: JSON.stringify(shown.passkey.options) };
  return {
    title: shown.title,
    view: 'kit/form-page',
    ...(passkey && { script: 'passkey' }),
    ...answer,
    data: { ...parts, ...shown, passkey: passkey ?? null, fault: fault ?? null },
  };
}
