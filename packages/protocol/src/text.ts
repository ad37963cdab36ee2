declare const brand: unique symbol;

/** A value whose form was checked when it was parsed; the name tells one kind of text or number from another. */
export type Brand<T, Name extends string> = T & { readonly [brand]: Name };

/**
 * Decodes Base64 in its one canonical spelling: the standard alphabet, full padding, zero trailing bits, no white space.
 * Returns null for any other text. Readings T1 and E3.
 */
export const decodeCanonicalBase64 = (text: string): Buffer | null => {
  const bytes = Buffer.from(text, 'base64');
  // Node's decoder skips what it does not know; printing again shows it, faster than a regular expression.
  return bytes.toString('base64') === text ? bytes : null;
};
