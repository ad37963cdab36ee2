import { expect, test } from 'vitest';
import { PreparedNames } from './prepared-names.ts';

const ask = (names: PreparedNames, text: string, times = 10) => {
  for (let n = 1; n < times; n += 1) names.queryOf(text, [1]);
  return names.queryOf(text, [1]).name;
};

test('a statement that is asked often has a name of its own', () => {
  const names = new PreparedNames();
  expect(ask(names, 'select a from t where b = $1', 1)).toBeUndefined();
  const name = ask(names, 'select a from t where b = $1');
  expect(name).toBeDefined();
  expect(ask(names, 'select count(*) from t where b = $1')).not.toBe(name);
  expect(ask(names, 'select a from t where b = $1')).toBe(name);
});

test.each([
  ['whose columns a newer program may change', 'select "t".* from t where b = $1'],
  ['that looks in the months of given rows', 'update t set a = 1 from (select $1 as first_start_time) as given'],
])('one %s has none', (_, text) => {
  expect(ask(new PreparedNames(), text)).toBeUndefined();
});

test('an insert among months has one', () => {
  expect(ask(new PreparedNames(), 'insert into t select a, first_start_time from given where b = $1')).toBeDefined();
});

test.each(['26000', '42P05', '0A000'])('none has a name once the server refused one with %s', (code) => {
  const names = new PreparedNames();
  ask(names, 'select a from t where b = $1');
  names.noteError(Object.assign(new Error(), { code }), 'select b from t where b = $1');
  expect(ask(names, 'select a from t where b = $1')).toBeDefined();
  names.noteError(Object.assign(new Error(), { code }), 'select a from t where b = $1');
  expect(ask(names, 'select a from t where b = $1')).toBeUndefined();
});
