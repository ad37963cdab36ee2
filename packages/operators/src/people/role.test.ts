import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { PERMISSION_NAMES, permits, ROLES } from './role.ts';

it('permits what docs/deployment.md says', () => {
  const text = readFileSync(join(import.meta.dirname, '../../../../docs/deployment.md'), 'utf8');
  const rows = text.split('\n').map((line) => line.split('|').map((cell) => cell.trim()));
  const [head = []] = rows.filter(([, first]) => first === 'Permission');
  const documented = rows
    .filter(([, name = '']) => PERMISSION_NAMES.some((known) => name === `\`${known}\``))
    .map((cells) => ({ name: cells[1], roles: ROLES.filter((role) => cells[head.indexOf(role)] === 'yes') }));
  const actual = PERMISSION_NAMES.map((name) => ({
    name: `\`${name}\``,
    roles: ROLES.filter((role) => permits(role, name)),
  }));
  expect(documented).toEqual(actual);
});
