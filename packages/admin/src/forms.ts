import { escapeInMarkup } from '@ticket-check/runtime';
import type { Words } from './words.ts';

export type Answer = { fault?: string } & Pick<Page, 'status' | 'retryAfter'>;

export type Page = {
  readonly title: string;
  /** `csrf`: the token of its forms. */
  readonly body: (given: { readonly words: Words; readonly csrf: string }) => Html;
  readonly status?: number;
  /** After how many seconds the request may be made again, where it was refused for its time. */
  readonly retryAfter?: number;
  /** The script that the page needs; others may run none. */
  readonly script?: 'passkey';
};

type Html = { readonly html: string };
type Shown = Html | string | null | undefined | readonly Shown[];

/** Writes markup; a text in it is escaped, and null leaves nothing. */
export const html = (strings: TemplateStringsArray, ...values: readonly Shown[]): Html => ({
  html: String.raw(strings, ...values.map(markupOf)),
});

function markupOf(shown: Shown): string {
  if (typeof shown === 'string') return escapeInMarkup(shown);
  if (shown === null || shown === undefined) return '';
  return 'html' in shown ? shown.html : shown.map(markupOf).join('');
}

/** Of an input of HTML: true has no value, and false leaves it out. */
type Attributes = Readonly<Record<string, string | number | boolean>>;

/** An input with its label (null: not for people); the hint is shown below. */
type Field = {
  readonly name: string;
  readonly hint?: string | undefined;
  readonly label: string | null;
  readonly attributes: Attributes;
};

/** An input for a name that machines read. */
export const nameInput = (name: string, label: string, attributes: Attributes, hint?: string): Field => ({
  ...{ name, label, hint },
  attributes: { required: true, autocapitalize: 'none', spellcheck: 'false', maxlength: 64, ...attributes },
});

export const passwordInput = (name: string, label: string, attributes: Attributes = {}, hint?: string): Field => ({
  ...{ name, label, hint },
  attributes: { required: true, type: 'password', autocomplete: 'current-password', maxlength: 256, ...attributes },
});

type Form = {
  readonly action: string;
  readonly hidden: Readonly<Record<string, string>>;
  readonly fields: readonly Field[];
  readonly submit: string;
};

/** Has a passkey shown by these options. */
type PasskeyForm = Pick<Form, 'action' | 'hidden' | 'submit'> & { readonly options: object };

/** A page with a form, from top to bottom. */
export function formPage(
  shown: Answer & {
    readonly title: string;
    readonly notice?: string | undefined;
    readonly text?: string | null;
    readonly command?: string | null;
    readonly passkey?: PasskeyForm | null;
    readonly form?: Form | null;
    readonly hint?: string;
    readonly requestId?: string | null;
    /** Without a label: back to the start. */
    readonly link?: { readonly path: string; readonly label?: string };
  },
): Page {
  const { title, notice, text, command, passkey, form, hint, requestId, link, fault, ...answer } = shown;
  return {
    title,
    ...(passkey && { script: 'passkey' }),
    ...answer,
    body: ({ words, csrf }) => html`<section class="card narrow">
  <h1>${title}</h1>
  ${notice && html`<p class="notice">${notice}</p>`}
  ${text && html`<p>${text}</p>`}
  ${command && html`<p><code>${command}</code></p>`}
  ${fault && html`<p class="notice bad" role="alert">${fault}</p>`}
  ${
    passkey &&
    html`<form method="post" action="${passkey.action}" data-options="${JSON.stringify(passkey.options)}">
    ${hiddenInputs({ _csrf: csrf, ...passkey.hidden, credential: '' })}
    <p class="notice bad" role="alert" data-fault hidden>${words.passkey.failed}</p>
    <p class="notice bad" role="alert" data-unknown hidden>${words.passkey.unknown}</p>
    <noscript><p class="notice bad">${words.passkey.unknown}</p></noscript>
    <button class="primary" disabled>${passkey.submit}</button>
  </form>`
  }
  ${
    form &&
    html`<form method="post" action="${form.action}">
    ${hiddenInputs({ _csrf: csrf, ...form.hidden })}
    ${form.fields.map(fieldHtml)}
    <p class="actions"><button class="primary">${form.submit}</button></p>
  </form>`
  }
  ${hint && html`<p class="hint">${hint}</p>`}
  ${requestId && html`<p class="hint">${words.requestId}: <code>${requestId}</code></p>`}
  ${link && html`<p class="actions"><a class="button" href="${link.path}">${link.label ?? words.back}</a></p>`}
</section>`,
  };
}

const hiddenInputs = (values: Readonly<Record<string, string>>) =>
  Object.entries(values).map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`);

function fieldHtml({ name, label, hint, attributes }: Field): Html {
  const all = { id: name, name, ...attributes, ...(hint !== undefined && { 'aria-describedby': `${name}-hint` }) };
  const written = Object.entries<string | number | boolean>(all)
    .filter(([, value]) => value !== false)
    .map(([attribute, value]) => html` ${attribute}="${value === true ? '' : String(value)}"`);
  return html`${label !== null ? html`<label for="${name}">${label}</label>` : null}
    <input${written}>${hint !== undefined ? html`<p class="hint" id="${name}-hint">${hint}</p>` : null}`;
}

/** A page that says something, with a way on: to another page, or back to the start. */
export const messagePage = (
  message: { readonly title: string; readonly text: string },
  { link, ...answer }: { requestId?: string | null; link?: string } & Pick<Page, 'status'> = {},
): Page =>
  formPage({ ...message, ...answer, link: link === undefined ? { path: '/' } : { path: link, label: message.title } });
