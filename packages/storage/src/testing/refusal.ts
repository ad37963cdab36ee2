import { expect } from 'vitest';

/** Expects a StoreError with a code, and a message that holds this. */
export const refusal = (code: string, text: string | RegExp) =>
  expect.objectContaining({ name: 'StoreError', code, message: expect.stringMatching(text) });
