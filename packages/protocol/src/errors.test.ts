import { describe, expect, it } from 'vitest';
import { ERROR_CODES, isErrorCode, ProtocolError } from './errors.ts';

describe('error codes', () => {
  it('gives each code an HTTP status and one sentence', () => {
    for (const [code, { status, what }] of Object.entries(ERROR_CODES)) {
      expect(code).toMatch(/^[A-Z]+(_[A-Z0-9]+)*$/);
      expect([200, 400, 401, 403, 404, 405, 408, 413, 429, 500, 503]).toContain(status);
      expect(what).toMatch(/^[^\n]+\.$/);
    }
  });

  it('knows its own codes from those of others', () => {
    expect(isErrorCode('CLOCK_SKEW')).toBe(true);
    expect(isErrorCode('toString')).toBe(false);
    expect(isErrorCode(404)).toBe(false);
  });

  it('carries the status of its code unless told otherwise', () => {
    expect(new ProtocolError('CLOCK_SKEW', 'x').status).toBe(401);
    expect(new ProtocolError('WRONG_LENGTH', 'x', { index: 3 }, 400).status).toBe(400);
  });
});
