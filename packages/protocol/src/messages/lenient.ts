import { ProtocolError } from '../errors.ts';

/** What a value of a foreign peer says, or the fallback where it is missing or cannot be read. Reading E12. */
export const lenient = <T, F>(value: unknown, parse: (value: unknown) => T, fallback: F): T | F => {
  try {
    return value === undefined || value === null ? fallback : parse(value);
  } catch (error) {
    if (error instanceof ProtocolError) return fallback;
    throw error;
  }
};

/** Says whether a value is one of the forms in which peers write true: `true`, `"true"` in any case, `1`. Reading E12. */
export const isTrue = (value: unknown): boolean =>
  value === true || value === 1 || (typeof value === 'string' && /^(?:true|1)$/i.test(value));
