// @vitest-environment happy-dom
import { expect, test } from 'vitest';
import { businessDateAt, dayAfter } from '../look/shown.ts';
import { eventually, showScreen } from '../testing/show-screen.tsx';
import { FilterBar } from './filter-bar.tsx';
import { ListTable, RowsTable } from './list-table.tsx';

type Row = { readonly Name: string; readonly Count: number };

const LIST = { path: '/things', name: 'Things', caption: 'things', rowKey: ({ Name }: Row) => Name };

function Things({ isLive = false }: { isLive?: boolean }) {
  return (
    <>
      <FilterBar
        fields={[
          { name: 'state', label: '状态', kind: 'choice', choices: [['', '全部']] },
          { name: 'q', label: '名称', kind: 'text' },
          { name: 'cinema', label: '影院编码', kind: 'text' },
        ]}
      />
      <ListTable<Row>
        {...LIST}
        isLive={isLive}
        columns={[
          { head: '名称', cell: ({ Name }) => Name },
          { head: '数量', cell: ({ Count }) => Count, isNumber: true },
        ]}
      />
    </>
  );
}

const part = (Next: string | null, ...names: string[]) => ({ Things: names.map((Name) => ({ Name, Count: 1 })), Next });

test('a list shows what the service answers to the query of its address, and leads on to the next part', async () => {
  const screen = await showScreen(Things, {
    address: '/things?q=a',
    answers: {
      '/things.json?q=a': part('/things.json?q=a&after=2', 'a1', 'a2'),
      '/things.json?q=a&after=2': part(null, 'a3'),
    },
  });
  await eventually(() => expect(screen.rows()).toEqual(['a11', 'a21']));
  expect(screen.all('td').map((cell) => cell.dataset.head)).toEqual(['名称', '数量', '名称', '数量']);
  await screen.click('下一页');
  await eventually(() => expect(screen.rows()).toEqual(['a31']));
  expect(window.location.search).toBe('?q=a&after=2');
  await screen.click('上一页');
  await eventually(() => expect(screen.rows()).toEqual(['a11', 'a21']));
  await screen.click('下一页');
  await screen.click('回到第一页');
  await eventually(() => expect(screen.rows()).toEqual(['a11', 'a21']));
});

test('filters are kept in the address once they are sent, and lead back to the first part', async () => {
  const screen = await showScreen(Things, {
    address: '/things?q=a&after=2',
    answers: {
      '/things.json?q=a&after=2': part(null, 'a3'),
      '/things.json?q=b': part(null),
      '/things.json': part(null),
    },
  });
  await screen.fill('名称', 'b');
  expect(window.location.search).toBe('?q=a&after=2');
  await screen.click('查询');
  await eventually(() => expect(window.location.search).toBe('?q=b'));
  await screen.shows('没有符合条件的数据');
  await screen.click('清除条件');
  expect(window.location.search).toBe('');
  await screen.shows('暂无数据');
});

test('a filter that narrows nothing is folded on a phone, and unfolded on demand', async () => {
  const screen = await showScreen(Things, { answers: { '/things.json': part(null) } });
  const folded = () => screen.all('.filters.folded .minor label').map(({ textContent }) => textContent);
  expect(folded()).toEqual(['影院编码']);
  await screen.click('更多条件');
  expect(folded()).toEqual([]);
});

test.each([
  [{ error: 'forbidden' }, 403, '没有权限'],
  [{ error: 'failed', requestId: 'r-1' }, 500, 'r-1'],
])('what the service refuses is said in place of the list: %o', async (answer, status, words) => {
  const screen = await showScreen(Things, {
    answers: { '/things.json': () => Response.json(answer, { status }) },
  });
  await screen.shows(words);
  expect(screen.all('[role=alert]')).toHaveLength(1);
  screen.answer({ '/things.json': part(null, 'again') });
  await screen.click('重试');
  await eventually(() => expect(screen.rows()).toEqual(['again1']));
});

test('a live list follows its topic with the query of its address, and says so', async () => {
  const screen = await showScreen(() => <Things isLive />, {
    address: '/things?q=a',
    answers: { '/things.json?q=a': part(null, 'a1') },
  });
  await screen.shows('正在连接');
  const [stream] = screen.streams();
  expect(stream?.url).toBe('/events?q=a&topic=things');
  await stream?.say('told', part(null, 'a1', 'a2'));
  await screen.shows('实时更新');
  await eventually(() => expect(screen.rows()).toEqual(['a11', 'a21']));
  await stream?.breakOff({ forGood: false });
  await screen.shows('连接已中断');
  // A heartbeat is no news.
  await stream?.say('beat', 35_000);
  expect(screen.text()).toContain('连接已中断');
});

test('a filter that the declaration says to name a cinema offers the names there are, and is saved as a chip without its texts', async () => {
  localStorage.clear();
  const screen = await showScreen(Things, {
    address: '/things?q=a&place=31012801',
    answers: {
      '/things.json?q=a&place=31012801': part(null, 'a1'),
      '/things.json?place=31012801': part(null, 'a2'),
      '/names.json': { cinema: { 31012801: '星河影城', 31012802: '东方大戏院' } },
    },
    begun: { Pickers: { '/things': [{ Name: 'place', Of: 'cinema' }] } },
  });
  await eventually(() => expect(screen.all('.pick')[0]?.textContent).toBe('影院星河影城 31012801'));
  await screen.fill('影院', 'dfd');
  await screen.shows('东方大戏院 31012802');
  await screen.click('保存条件');
  expect(screen.all('.chip').map(({ textContent }) => textContent)).toEqual(['星河影城']);
  await screen.click('星河影城');
  expect(window.location.search).toBe('?place=31012801');
  await screen.click('删除 星河影城');
  expect(screen.all('.chip')).toEqual([]);
});

test('a business date is that of today until another is chosen, and leads to the day before', async () => {
  const screen = await showScreen(() => <FilterBar fields={[{ name: 'date', label: '营业日', kind: 'date' }]} />, {
    address: '/things',
  });
  const shown = () => screen.all('input[type=date]').map((field) => (field as HTMLInputElement).value);
  expect(shown()).toEqual([businessDateAt(Date.now())]);
  await screen.click('前一天');
  const yesterday = dayAfter(businessDateAt(Date.now()), -1);
  await eventually(() => expect(shown()).toEqual([yesterday]));
  expect(window.location.search).toBe(`?date=${yesterday}`);
  await screen.click('今天');
  expect(window.location.search).toBe('');
});

test('a month is instead of a date, which is instead of the month once it is chosen', async () => {
  const fields = [
    { name: 'date', until: 'until', label: '营业日', kind: 'date' },
    { name: 'month', label: '月份', kind: 'text', instead: 'date' },
  ] as const;
  const screen = await showScreen(() => <FilterBar fields={fields} />, { address: '/things?date=2026-10-03' });
  const shown = () => screen.all('input').map((field) => (field as HTMLInputElement).value);
  await screen.fill('月份', '2026-11');
  await screen.click('查询');
  await eventually(() => expect(window.location.search).toBe('?month=2026-11'));
  await eventually(() => expect(shown()).toEqual(['', '', '2026-11']));
  await screen.click('今天');
  await eventually(() => expect(window.location.search).toBe(''));
  await eventually(() => expect(shown()).toEqual([businessDateAt(Date.now()), '', '']));
});

test('rows that are all there are sorted by a column that says by what', async () => {
  const rows = [
    { Name: 'b', Count: 2 },
    { Name: 'a', Count: 10 },
  ];
  const screen = await showScreen(() => (
    <RowsTable<Row>
      {...LIST}
      rows={rows}
      columns={[{ head: '数量', cell: ({ Count }) => Count, isNumber: true, sortBy: ({ Count }) => Count }]}
    />
  ));
  expect(screen.rows()).toEqual(['2', '10']);
  await screen.click('数量');
  expect(screen.rows()).toEqual(['10', '2']);
  await screen.click('数量');
  expect(screen.rows()).toEqual(['2', '10']);
});
