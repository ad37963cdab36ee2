import { describe, expect, it } from 'vitest';
import { CODE_LENGTHS, padCode, parseCinemaCode, parseFilmTicketCode } from './codes.ts';
import { ERROR_CODES, isErrorCode, ProtocolError } from './errors.ts';
import { refusalOf } from './testing/vectors.ts';

describe('codes', () => {
  it('takes a code of exactly its length', () => {
    expect(parseCinemaCode('31010001')).toBe('31010001');
    expect(parseFilmTicketCode('39211912080L28RL')).toBe('39211912080L28RL');
    expect(parseFilmTicketCode('00000401_##8_##9')).toBe('00000401_##8_##9');
  });

  it.each(['', '3101000', '310100011', '0'.repeat(1000)])('refuses %j as a cinema code by its length', (text) => {
    const error = refusalOf(() => parseCinemaCode(text));
    expect(error.code).toBe('WRONG_LENGTH');
    expect(error.message).toContain(`holds ${text.length}`);
  });

  it.each(['3101 001', '3101"001', "3101'001", '3101\\001', '3101\u0000001', '3101é001', '3101０001', '3101\n001'])(
    'refuses %j as a cinema code by its characters',
    (text) => {
      expect(refusalOf(() => parseCinemaCode(text)).code).toBe('INVALID_CODE');
    },
  );

  it('fills short codes with 0 at the end and leaves full ones unchanged', () => {
    expect(padCode('T0001', CODE_LENGTHS.filmTicketCode)).toBe('T000100000000000');
    expect(padCode('001102582019', CODE_LENGTHS.filmCode)).toBe('001102582019');
    expect(refusalOf(() => padCode('0011025820199', CODE_LENGTHS.filmCode)).code).toBe('WRONG_LENGTH');
  });
});

describe('error codes', () => {
  it('gives each code an HTTP status and one sentence', () => {
    for (const [code, { status, what }] of Object.entries(ERROR_CODES)) {
      expect(code).toMatch(/^[A-Z]+(_[A-Z0-9]+)*$/);
      expect([200, 400, 401, 403, 404, 405, 408, 413, 415, 429, 500, 503]).toContain(status);
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
