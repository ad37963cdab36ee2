import { expect } from 'vitest';

/** What is refused so in a sentence for a person. */
export const saying = (message: string | RegExp) => ({
  expected: true,
  message: typeof message === 'string' ? expect.stringContaining(message) : expect.stringMatching(message),
});
