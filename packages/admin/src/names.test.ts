import { column, fileOf, type Row } from '@ticket-check/check-records';
import { expect, it } from 'vitest';
import { withNames } from './names.ts';

it('puts the names of cinemas and accounts beside their codes in a file, where the service has them', async () => {
  async function* rows(): AsyncGenerator<Row> {
    yield { CinemaCode: '31012801', Account: 'terminal-7', Entries: 3 };
    yield { CinemaCode: '31012802', Account: 'terminal-8', Entries: 4 };
  }
  const columns = ['CinemaCode', 'Account', 'Entries'].map((name) => column(name, name, name));
  const table = { title: { zh: '表', en: 'A table' }, columns, rows: rows() };
  const named = await withNames(table, async (kind) => (kind === 'cinema' ? [['31012801', '星河影城']] : null));
  let text = '';
  for await (const chunk of fileOf(named, 'csv', 'zh')) text += chunk;
  expect(text.replace('\uFEFF', '').trim().split(/\r?\n/)).toEqual([
    'CinemaCode,影院,Account,Entries',
    '31012801,星河影城,terminal-7,3',
    '31012802,,terminal-8,4',
  ]);
});
