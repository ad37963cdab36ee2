import { hostname } from 'node:os';
import { expect, it } from 'vitest';
import { commandFrom } from './command-identity.ts';

it('names the machine, and how its user got there where that is known', () => {
  expect(commandFrom({}).split(', ')[0]).toBe(hostname());
  const through = commandFrom({ SUDO_USER: 'li.wei', SSH_CONNECTION: '192.0.2.7 51234 192.0.2.1 22' });
  expect(through).toBe(`${commandFrom({})}, sudo li.wei, ssh 192.0.2.7`);
});
