import { expect, it } from 'vitest';
import { type Group, withAnswer } from './group.ts';

it('counts the answers that follow each other, keeps the latest six, and starts again after a pause', () => {
  let group: Group | null = null;
  for (let scan = 0; scan < 8; scan += 1) {
    group = withAnswer(group, { look: scan === 3 ? 'no' : 'yes', text: `${scan}` }, scan * 3000);
  }
  expect(group).toMatchObject({ scanned: 8, admitted: 7 });
  expect(group!.answers.map(({ text }) => text)).toEqual(['2', '3', '4', '5', '6', '7']);
  expect(withAnswer(group, { look: 'yes', text: 'next' }, 21_000 + 10_001)).toMatchObject({ scanned: 1, admitted: 1 });
});
