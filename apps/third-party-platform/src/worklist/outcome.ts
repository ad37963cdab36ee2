/** The most characters of an outcome. */
export const LONGEST_OUTCOME = 500;

/** An outcome as it is kept, in one line; null if it says nothing or is too long. */
export function outcomeIn(text: string): string | null {
  const outcome = text.trim().replaceAll(/\s+/g, ' ');
  return outcome === '' || outcome.length > LONGEST_OUTCOME ? null : outcome;
}
