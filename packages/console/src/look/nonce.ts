/** The nonce that styles of this answer may carry; browsers reveal it only to scripts. */
export const NONCE = document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce ?? '';

/**
 * Has every style that a script adds carry the nonce. Ant Design does so with most of its styles, but not with those that keep the
 * page from scrolling under a dialog and measure the scroll bar (`useScrollLocker`, `getScrollBarSize`).
 */
export function giveStylesTheNonce(): void {
  const create = document.createElement.bind(document);
  document.createElement = (name: string, options?: ElementCreationOptions) => {
    const element = create(name, options);
    if (element instanceof HTMLStyleElement) element.nonce = NONCE;
    return element;
  };
}
