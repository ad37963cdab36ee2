import type { ScannerFault } from './scanner-faults.ts';

/** Payment codes: WeChat, Alipay and UnionPay show numbers of 16 to 24 digits that do not begin with 0. */
const PAYMENT_NUMBER = /^[1-9]\d{15,23}$/;

/** Payee codes: links of shops and people. */
const PAYMENT_LINK =
  /^(?:wxp|weixin|alipays?|upwallet):\/\/|^https?:\/\/(?:[a-z0-9-]+\.)*(?:qr\.alipay|render\.alipay|tenpay|payapp\.weixin\.qq|95516)\.com(?:[/:?#]|$)/i;

/** GS1 codes of goods: begin with digits only, which Base64 hardly ever does. */
const PRODUCT_ELEMENTS = /^\d{16}/;

/** Ends an element of GS1. */
const GROUP_SEPARATOR = '\x1d';

/** EAN-8, UPC-A, EAN-13 and GTIN-14, and a product's link by its GTIN (GB/T 33993-2024). */
const PRODUCT_NUMBER = /^(?:\d{8}|\d{12,14})$|^https?:\/\/[^?#]*\/01\/\d{14}(?:[/?#]|$)/i;

const E_TICKET_PAGE = /^https:\/\/[^/?#]+\/t\/[0-9A-Za-z_-]{16,}$/;

/** An enrolment of a terminal, as a platform writes it. */
const ENROLMENT = /https:\/\/[^?#]+#enrol=/;

export const isEnrolment = (text: string): boolean => ENROLMENT.test(text);

const LINK = /^(?:[a-z][a-z0-9+.-]*:\/\/|www\.)/i;

/** Classifies text that cannot be a ticket; null if it may be a damaged one. */
export function otherCodeIn(text: string): ScannerFault | null {
  if (PAYMENT_NUMBER.test(text) || PAYMENT_LINK.test(text)) return 'payment-code';
  if (text.includes(GROUP_SEPARATOR) || PRODUCT_ELEMENTS.test(text) || PRODUCT_NUMBER.test(text)) return 'product-code';
  if (E_TICKET_PAGE.test(text)) return 'e-ticket-page';
  if (isEnrolment(text)) return 'enrolment';
  return LINK.test(text) ? 'web-link' : null;
}
