import { describe, expect, it } from 'vitest';
import { OTHER_SCREEN, SCREEN } from '../testing/test-cinema.ts';
import { parseGates, planGates } from './gate-plan.ts';

describe('gates are written down', () => {
  it.each([
    ['as text', `gate-1=${SCREEN},${OTHER_SCREEN};东门-2=${OTHER_SCREEN}; gate-3`],
    ['as JSON', JSON.stringify({ 'gate-1': [SCREEN, OTHER_SCREEN], '东门-2': [OTHER_SCREEN], 'gate-3': [] })],
  ])('%s', (_name, text) => {
    expect([...parseGates(text)]).toEqual([
      ['gate-1', [SCREEN, OTHER_SCREEN]],
      ['东门-2', [OTHER_SCREEN]],
      ['gate-3', null],
    ]);
  });

  it.each([
    ['none', ' ; '],
    ['a name that cannot be one', 'east gate=1'],
    ['a screen that cannot be one', `gate-1=${SCREEN}0`],
    ['one gate twice', 'gate-1;gate-1'],
    ['two equal signs', 'gate-1=a=b'],
    ['broken JSON', '{"gate-1"'],
    ['screens that are no list', '{"gate-1":"any"}'],
  ])('refuses %s', (_name, text) => {
    expect(() => parseGates(text)).toThrow();
  });
});

describe('the gates of a terminal', () => {
  it('are one by default, with all screens behind it', () => {
    const { usual, screensOf } = planGates({ gates: null, usual: null, screens: null });
    expect([usual, ...screensOf]).toEqual(['gate-1', ['gate-1', 'any']]);
  });

  it('have the screens of all where they name none, and the first one is the usual one', () => {
    const gates = parseGates(`east=${SCREEN};west`);
    const { usual, screensOf } = planGates({ gates, usual: null, screens: [OTHER_SCREEN] });
    expect([usual, ...screensOf]).toEqual(['east', ['east', [SCREEN]], ['west', [OTHER_SCREEN]]]);
  });

  it('must hold the usual one', () => {
    expect(() => planGates({ gates: parseGates('east;west'), usual: 'north', screens: null })).toThrow('north');
  });
});
