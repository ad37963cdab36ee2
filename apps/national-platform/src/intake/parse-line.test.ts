import { cinemaRow, filmRow } from '@ticket-check/protocol';
import { describe, expect, it } from 'vitest';
import { parseLine } from './parse-line.ts';

const parse = (text: string | Buffer) => parseLine(cinemaRow, Buffer.from(text));

describe('parseLine', () => {
  it('reads a row, a byte order mark and unknown elements aside', () => {
    const row = { cinemaCode: '31012801', cinemaName: '示例影城' };
    expect(parse('{"CinemaCode":"31012801","CinemaName":"示例影城"}')).toEqual(row);
    expect(parse('\uFEFF{"CinemaCode":"31012801","CinemaName":"示例影城","More":{"CinemaCode":[{"a":1}]}}')).toEqual(
      row,
    );
  });

  it('passes over empty lines', () => {
    expect(parse('')).toBeNull();
    expect(parse(' \t')).toBeNull();
  });

  it.each([
    ['{"CinemaCode":"31012801"', 'INVALID_JSON'],
    ['["31012801"]', 'WRONG_TYPE'],
    ['null', 'WRONG_TYPE'],
    ['{"CinemaCode":"31012801"}', 'MISSING_ELEMENT'],
    ['{"CinemaCode":31012801,"CinemaName":"a"}', 'WRONG_TYPE'],
    ['{"CinemaCode":"3101280","CinemaName":"a"}', 'WRONG_LENGTH'],
    ['{"CinemaCode":"31012801","CinemaName":"a","CinemaName":"b"}', 'DUPLICATE_KEY'],
    ['{"CinemaCode":"31012801","CinemaName":"a","Cinema\\u004eame":"b"}', 'DUPLICATE_KEY'],
    ['{"CinemaCode":"31012801","CinemaName":"a","More":[{"x":1,"x":2}]}', 'DUPLICATE_KEY'],
  ])('refuses %s with %s', (text, code) => {
    expect(() => parse(text)).toThrow(expect.objectContaining({ code }));
  });

  it('refuses bytes that are not UTF-8', () => {
    const bytes = Buffer.concat([
      Buffer.from('{"CinemaCode":"31012801","CinemaName":"'),
      Buffer.from([0xce, 0xd2, 0x22, 0x7d]),
    ]);
    expect(() => parse(bytes)).toThrow(expect.objectContaining({ code: 'INVALID_ENCODING' }));
  });

  it('does not take what looks like a key inside a text for one', () => {
    const line = '{"FilmCode":"001102582019","FilmName":"\\"FilmCode\\": 1, \\"FilmCode\\": 2 \\\\"}';
    expect(parseLine(filmRow, Buffer.from(line))).toMatchObject({ filmName: '"FilmCode": 1, "FilmCode": 2 \\' });
  });
});
