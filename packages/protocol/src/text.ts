declare const brand: unique symbol;

/** A value whose form was checked when it was parsed; the name tells one kind of text or number from another. */
export type Brand<T, Name extends string> = T & { readonly [brand]: Name };

/** Does the steps of a generator at once, and returns what it returns. */
export const atOnce = <T>(steps: Generator<void, T, void>): T => {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
};

/** What a function returns, or null where it throws: for what a library can only refuse by an error. */
export const orNull = <T>(read: () => T): T | null => {
  try {
    return read();
  } catch {
    return null;
  }
};

/** Decodes Base64 in its one canonical spelling, without white space; null for any other text. Readings T1 and E3. */
export const decodeCanonicalBase64 = (text: string): Buffer | null => {
  const bytes = Buffer.from(text, 'base64');
  // Node's decoder skips what it does not know; printing again shows it, faster than a regular expression.
  return bytes.toString('base64') === text ? bytes : null;
};
