import { expect, test } from 'vitest';
import { initialsOf } from './pinyin.ts';

test.each([
  ['星河影城(万达店)', 'xhycwdd'],
  ['东方大戏院', 'dfdxy'],
  ['橡树 IMAX 3号厅', 'xsimax3ht'],
  ['阿波罗、欧美、尼罗河、做', 'ablomnlhz'],
  ['3 号厅 B', '3htb'],
  ['', ''],
])('the initials of %s are %s', (name, initials) => {
  expect(initialsOf(name)).toBe(initials);
});
