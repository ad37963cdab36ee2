import { expect } from 'vitest';

/** Expects a StoreError with a code, and a message that holds this text or fits this pattern. */
export const refusal = (code: string, text: string | RegExp) =>
  expect.objectContaining({
    name: 'StoreError',
    code,
    message: typeof text === 'string' ? expect.stringContaining(text) : expect.stringMatching(text),
  });
