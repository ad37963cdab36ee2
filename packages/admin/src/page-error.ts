/** Why a page is refused: each has its status and its words. */
export const PAGE_ERRORS = {
  'bad-input': 400,
  forbidden: 403,
  'forged-form': 403,
  'not-found': 404,
  failed: 500,
  'too-long': 413,
} as const;

export type PageErrorKind = keyof typeof PAGE_ERRORS;

/** A request is answered with a page that says what is wrong and what to do. */
export class PageError extends Error {
  override readonly name = 'PageError';
  readonly kind: PageErrorKind;

  constructor(kind: PageErrorKind) {
    super(kind);
    this.kind = kind;
  }
}
