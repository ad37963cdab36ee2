import { describe, expect, test } from 'vitest';
import { parseCinemaCode, parseFilmTicketCode } from '../codes.ts';
import { parseWallClock } from '../time.ts';
import { parseName, readForeignName } from './elements.ts';
import { readTicketInfoReply } from './read-ticket-info-reply.ts';

// A character outside the basic plane is one character and two code units.
const LONGEST = '𠮷'.repeat(128);

describe('names', () => {
  test('have at most 128 characters, however they are encoded', () => {
    expect(parseName(LONGEST)).toBe(LONGEST);
    expect(parseName('')).toBe('');
    expect(() => parseName(`${LONGEST}x`)).toThrow(expect.objectContaining({ code: 'WRONG_LENGTH' }));
  });

  test('of a foreign peer are cut, never refused', () => {
    expect(readForeignName(`${LONGEST}𠮷`)).toBe(LONGEST);
    const asked = {
      cinemaCode: parseCinemaCode('31012345'),
      filmTicketCode: parseFilmTicketCode('7777777777777771'),
      startTime: parseWallClock('2026-11-24T20:00:00'),
    };
    const reply = {
      FilmTicketCode: asked.filmTicketCode,
      CinemaName: '影'.repeat(2_000),
      ScreenName: `${LONGEST}1`,
      FilmName: 'x'.repeat(200),
      CheckStatus: 'No',
    };
    expect(readTicketInfoReply(reply, asked)).toMatchObject({
      cinemaName: '影'.repeat(128),
      screenName: LONGEST,
      filmName: 'x'.repeat(128),
    });
  });
});
