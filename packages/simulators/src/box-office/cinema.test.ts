import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { addSession, makeBoxOffice, makeUkey, publicPart, seededRandom, sell, takeUkey } from './index.ts';
import { at, NOW, OPENING, openBoxOffice } from './testing/scene.ts';

describe('makeBoxOffice', () => {
  it('makes a cinema in the codes of the field', () => {
    const { cinema, screens, films } = makeBoxOffice({ now: NOW, screens: 2, films: 3 });
    expect(cinema.cinemaCode).toMatch(/^\d{8}$/);
    expect(cinema.cinemaName).toMatch(/\p{Script=Han}/u);
    expect(screens.map((screen) => screen.screenCode)).toEqual([
      `${cinema.cinemaCode}00000001`,
      `${cinema.cinemaCode}00000002`,
    ]);
    expect(films).toHaveLength(3);
    for (const { filmCode } of films) expect(filmCode).toMatch(/^0011\d{4}2026$/);
    expect(new Set(films.map((film) => film.filmCode)).size).toBe(3);
  });

  it('makes the same cinema and the same tickets from the same seed, clock and key', () => {
    const ukey = makeUkey(OPENING);
    const evening = () => {
      const random = seededRandom('evening');
      const boxOffice = makeBoxOffice({ now: OPENING, random, ukey });
      const { sessionCode } = addSession(boxOffice, { startTime: at('20:00:00') });
      for (let sold = 0; sold < 3; sold += 1) sell(boxOffice, { now: NOW, sessionCode, random });
      return boxOffice;
    };
    expect(evening()).toEqual(evening());
    expect(makeBoxOffice({ now: OPENING, random: seededRandom('other'), ukey })).not.toEqual(
      makeBoxOffice({ now: OPENING, random: seededRandom('evening'), ukey }),
    );
  });
});

describe('addSession', () => {
  it('gives each session a code of its own and a free screen', () => {
    const { boxOffice, sessions } = openBoxOffice();
    expect(new Set(sessions.map((session) => session.sessionCode)).size).toBe(3);
    expect(new Set(sessions.map((session) => session.screenCode)).size).toBe(3);
    for (const { sessionCode } of sessions) expect(sessionCode).toMatch(/^20261124193000\d\d$/);
    expect(() => addSession(boxOffice, { startTime: at('19:30:00') })).toThrow('No screen is free');
    const screenCode = boxOffice.screens[1]!.screenCode;
    expect(addSession(boxOffice, { startTime: at('22:00:00'), screenCode }).screenCode).toBe(screenCode);
  });
});

describe('a Ukey', () => {
  it('is RSA-1024 as in the field or RSA-2048 on request, with the exponent 65537', () => {
    const short = publicPart(makeUkey(OPENING));
    expect(short.blockLength).toBe(128);
    expect(short.key.asymmetricKeyDetails?.publicExponent).toBe(65537n);
    expect(publicPart(makeUkey(OPENING, 2048)).blockLength).toBe(256);
  });

  it('can be taken over from PEM, and refuses what cannot be one', () => {
    const ukey = makeUkey(OPENING);
    expect(takeUkey(ukey.privateKey, NOW)).toEqual({ privateKey: ukey.privateKey, startTime: NOW });
    expect(() => takeUkey('nonsense', NOW)).toThrow('no private key in PEM form');
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 768 });
    const short = privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();
    expect(() => takeUkey(short, NOW)).toThrow('cannot be used as a Ukey');
  });
});
