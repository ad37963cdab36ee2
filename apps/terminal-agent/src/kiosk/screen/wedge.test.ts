import { parseWallClock } from '@ticket-check/protocol';
import { expect, it } from 'vitest';
import { makeUkey, sellTicket } from '../../testing/test-cinema.ts';
import { createWedge, type Key, type WedgeRead } from './wedge.ts';

const film = parseWallClock('2026-11-24T20:00:00');
const ukey = makeUkey(film);
const ticket = () => sellTicket(ukey, film).code;
const long = sellTicket(makeUkey(film, 2048), film).code;

/** A key of a US keyboard for a character of a code. */
function keyFor(character: string): Key {
  const codes: Record<string, string> = { '+': 'Equal', '/': 'Slash', '=': 'Equal', '\r': 'Enter', '\t': 'Tab' };
  const isLetter = /[A-Za-z]/.test(character);
  const code = codes[character] ?? (isLetter ? `Key${character.toUpperCase()}` : `Digit${character}`);
  return {
    ...{ code, key: character, shiftKey: /[A-Z+]/.test(character) },
    ...{ ctrlKey: false, altKey: false, metaKey: false, isComposing: false, capsLock: false },
  };
}

function listen() {
  const reads: WedgeRead[] = [];
  let at = 0;
  const later = (ms = 10) => {
    at += ms;
    return at;
  };
  const wedge = createWedge({ read: (read) => reads.push(read), typing: () => {}, nothing: () => {} });
  return {
    reads,
    wedge,
    texts: () => reads.map(({ text }) => text),
    press: (key: Key) => wedge.key(key, later()),
    type(text: string, change: (key: Key) => Key = (key) => key) {
      return [...text].map((character) => wedge.key(change(keyFor(character)), later()));
    },
    compose: (text: string) => wedge.composed(text, later()),
    later,
    wait() {
      const deadline = wedge.deadline();
      if (deadline === null) return;
      at = deadline;
      wedge.silent();
    },
  };
}

it.each([
  ['Enter', '\r'],
  ['Tab', '\t'],
])('ends a read by %s, and takes all its keys for itself', (_name, suffix) => {
  const { texts, type } = listen();
  const code = ticket();
  expect(type(code + suffix)).not.toContain(false);
  expect(texts()).toEqual([code]);
});

it('ends a read without a suffix by silence, sooner where a code is whole', () => {
  for (const code of [ticket(), long]) {
    const { texts, type, wedge, wait } = listen();
    type(code);
    expect(wedge.deadline()).toBe(code.length * 10 + 60);
    wait();
    expect(texts()).toEqual([code]);
    // A suffix that comes late is still the scanner's.
    expect(type('\r')).toEqual([true]);
    expect(texts()).toEqual([code]);
  }
});

it('tells two codes apart, with a suffix between them and without one', () => {
  const [one, other] = [ticket(), ticket()];
  for (const typed of [`${one}\r${other}\r`, `${one}${other}\r`, `${one}${other}`]) {
    const { texts, type, wait } = listen();
    type(typed);
    wait();
    expect(texts()).toEqual([one, other]);
  }
});

it('reads the same with Caps Lock on, without Shift, on another layout and through an input method', () => {
  const code = ticket();
  const changes: ((key: Key) => Key)[] = [
    (key) => ({ ...key, capsLock: true, key: key.shiftKey ? key.key.toLowerCase() : key.key.toUpperCase() }),
    (key) => ({ ...key, shiftKey: false }),
    (key) => ({ ...key, key: 'é' }),
    (key) => ({ ...key, key: 'Process', isComposing: true }),
  ];
  for (const change of changes) {
    const { texts, type } = listen();
    type(`${code}\r`, change);
    expect(texts()).toEqual([code]);
  }
});

it('says that an input method is on where it made something else of the keys', () => {
  const { reads, type, compose, press, later } = listen();
  type(`${ticket()}\r`, (key) => ({ ...key, code: key.code === 'Enter' ? 'Enter' : '', key: 'Process' }));
  expect(reads).toEqual([{ text: '', inputMethod: true }]);
  later(2000);
  compose('三一零一二八零一这是一张影票的票码里的字');
  press(keyFor('\r'));
  expect(reads.slice(1)).toEqual([{ text: '三一零一二八零一这是一张影票的票码里的字', inputMethod: true }]);
});

it('does not read again what an input method hands over of keys that were read', () => {
  const { texts, type, compose, wait } = listen();
  const code = ticket();
  type(`${code}\r`, (key) => ({ ...key, key: 'Process', isComposing: true }));
  compose(code);
  wait();
  expect(texts()).toEqual([code]);
});

it('takes keys that come faster than a person presses them, whatever they are', () => {
  const { texts, type, press, later } = listen();
  // The first could be anybody's: it moves the focus, and nothing more.
  expect(type('\t\t\t\r\t\r')).toEqual([false, true, true, true, true, true]);
  later(2000);
  expect(type('\t ')).toEqual([false, true]);
  const control: Key = { ...keyFor('t'), ctrlKey: true };
  expect([press(control), press({ ...keyFor('a'), code: 'Escape', key: 'Escape' })]).toEqual([true, true]);
  expect(texts()).toEqual([]);
});

it('leaves people their keyboard: single keys are no scan', () => {
  const { texts, type, wait, press, later } = listen();
  expect(type('\t')).toEqual([false]);
  later(150);
  expect(type('\r')).toEqual([false]);
  later(150);
  expect(press({ ...keyFor('a'), code: 'ShiftLeft', key: 'Shift' })).toBe(false);
  later(150);
  expect(press({ ...keyFor('r'), ctrlKey: true })).toBe(false);
  type('abc\r');
  type('somebody leans');
  wait();
  expect(texts()).toEqual([]);
});

it('holds 4096 characters of a keyboard that never stops typing, and reads the next code', () => {
  const { texts, type, press } = listen();
  const key = keyFor('7');
  for (let count = 0; count < 1_000_000; count += 1) press(key);
  type('\r');
  expect(texts().map(({ length }) => length)).toEqual([4096]);
  const code = ticket();
  type(`${code}\r`);
  expect(texts().at(-1)).toBe(code);
});
