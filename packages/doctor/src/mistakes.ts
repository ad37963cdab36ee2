/** What can be wrong with a signed request. */
export type MistakeCode =
  | 'key-order'
  | 'part-order'
  | 'separator'
  | 'version-form'
  | 'number-form'
  | 'escapes'
  | 'white-space'
  | 'line-ends'
  | 'encoding'
  | 'bom'
  | 'plus-sign'
  | 'trailing-newline'
  | 'digest'
  | 'padding'
  | 'base64'
  | 'wrong-key'
  | 'wrong-username'
  | 'changed-value'
  | 'not-a-signature';

/** A sentence in English and Chinese. */
export type Said = { readonly en: string; readonly zh: string };

/** A mistake that was found: where, and what exactly. */
export type Mark = { readonly code: MistakeCode; readonly where: string; readonly says: Said };

export const mark = (code: MistakeCode, where: string, en: string, zh: string): Mark => ({
  code,
  where,
  says: { en, zh },
});
