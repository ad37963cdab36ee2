// @vitest-environment happy-dom
import type { ShownList } from '@ticket-check/admin/changes';
import { act } from 'react';
import { expect, onTestFinished, test } from 'vitest';
import { ChangeButton } from '../change/change-dialog.tsx';
import { businessDateAt, dayAfter } from '../look/shown.ts';
import { eventually, showScreen } from '../testing/show-screen.tsx';
import { FilterBar } from './filter-bar.tsx';
import { ListScreen, ListTable, RowsTable } from './list-table.tsx';

type Row = { readonly Name: string; readonly Count: number };

const LIST = {
  ...{ caption: 'things', rowKey: ({ Name }: Row) => Name },
  columns: [
    { head: '名称', of: 'Name' },
    { head: '数量', of: 'Count' },
  ] as const,
};
const declared = (more: Partial<ShownList> = {}) => ({
  Lists: { '/things': { Rows: 'Things', Live: false, HasFile: false, Filters: [], ...more } },
});

function Things() {
  return (
    <>
      <FilterBar
        fields={[
          { name: 'state', label: '状态', kind: 'choice', choices: {} },
          { name: 'q', label: '名称', kind: 'text' },
          { name: 'cinema', label: '影院编码', kind: 'text' },
        ]}
      />
      <ListTable<Row> {...LIST} />
    </>
  );
}

const show = (address: string, answers: Readonly<Record<string, unknown>>, more: Partial<ShownList> = {}) =>
  showScreen(Things, { address, answers, begun: declared(more) });

const part = (Next: string | null, ...names: string[]) => ({ Things: names.map((Name) => ({ Name, Count: 1 })), Next });

test('a list shows what the service answers to the query of its address, and leads on to the next part', async () => {
  const screen = await show('/things?q=a', {
    '/things.json?q=a': part('/things.json?q=a&after=2', 'a1', 'a2'),
    '/things.json?q=a&after=2': part(null, 'a3'),
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
  const screen = await show('/things?q=a&after=2', {
    '/things.json?q=a&after=2': part(null, 'a3'),
    '/things.json?q=b': part(null),
    '/things.json': part(null),
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

test('a time is chosen, and gets the seconds that browsers leave out', async () => {
  const fields = [
    { name: 'q', kind: 'text' },
    { name: 'start', label: '场次时间', kind: 'time' },
  ] as const;
  const screen = await showScreen(() => <FilterBar fields={fields} />);
  await screen.fill('场次时间', '2026-11-26T20:15');
  await screen.click('查询');
  await eventually(() => expect(window.location.search).toBe('?start=2026-11-26T20%3A15%3A00'));
});

test('a filter that narrows nothing is folded on a phone, and unfolded on demand', async () => {
  const { happyDOM } = window as unknown as { happyDOM: { setViewport(size: object): void } };
  happyDOM.setViewport({ width: 390, height: 844 });
  onTestFinished(() => happyDOM.setViewport({ width: 1024, height: 768 }));
  const screen = await show('/things', { '/things.json': part(null) });
  const fields = () => screen.all('.filters label').map(({ textContent }) => textContent);
  expect(fields()).toEqual(['状态', '名称']);
  await screen.click('更多条件');
  expect(fields()).toEqual(['状态', '名称', '影院编码']);
});

test.each([
  [{ error: 'forbidden' }, 403, '没有权限'],
  [{ error: 'failed', requestId: 'r-1' }, 500, 'r-1'],
])('what the service refuses is said in place of the list: %o', async (answer, status, words) => {
  const screen = await show('/things', { '/things.json': () => Response.json(answer, { status }) });
  await screen.shows(words);
  expect(screen.all('[role=alert]')).toHaveLength(1);
  screen.answer({ '/things.json': part(null, 'again') });
  await screen.click('重试');
  await eventually(() => expect(screen.rows()).toEqual(['again1']));
});

test('a live list follows its topic with the query of its address, and says so', async () => {
  const screen = await show('/things?q=a', { '/things.json?q=a': part(null, 'a1') }, { Live: ['q'] });
  await screen.shows('正在连接');
  const [stream] = screen.streams();
  expect(stream?.url).toBe('/events?q=a&topic=things');
  await stream?.say('told', part(null, 'a1', 'a2'));
  await screen.shows('实时更新');
  await eventually(() => expect(screen.rows()).toEqual(['a11', 'a21']));
  await stream?.breakOff({ forGood: false });
  await screen.shows('连接已中断');
});

test('a dialog about a live row stays with what was typed while rows come and its own goes', async () => {
  const asked = { HasPreview: false, NeedsReason: true, NeedsPassword: false, Destroys: false, Fields: [] };
  const Changes = { '/thing/note': { ...asked, Title: 'Note it' } };
  const note = { cell: ({ Name }: Row) => <ChangeButton about={Name} path="/thing/note" body={{ Name }} /> };
  const screen = await showScreen(
    () => <ListScreen<Row> {...LIST} columns={[...LIST.columns, note]} words={{ about: '' }} />,
    {
      ...{ address: '/things', begun: { ...declared({ Live: true }), Changes } },
      answers: { '/things.json': part(null, 'a1'), '/thing/note': {} },
    },
  );
  await eventually(() => expect(screen.rows()).toHaveLength(1));
  await screen.click('Note it');
  await screen.fill('原因', 'seen');
  await screen.streams()[0]?.say('told', part(null, 'a0', 'a1'));
  await eventually(() => expect(screen.rows()).toHaveLength(2));
  await screen.streams()[0]?.say('told', part(null, 'a0'));
  await eventually(() => expect(screen.rows()).toHaveLength(1));
  await screen.submit();
  await screen.shows('已完成：Note it: a1');
  expect(screen.sent).toEqual([{ path: '/thing/note', body: { Name: 'a1', reason: 'seen' } }]);
});

test('a filter that the declaration says to name a cinema offers the names there are, and is saved as a chip without its texts', async () => {
  localStorage.clear();
  const answers = {
    '/things.json?q=a&place=31012801': part(null, 'a1'),
    '/things.json?place=31012801': part(null, 'a2'),
    '/names.json': { cinema: { 31012801: '星河影城', 31012802: '东方大戏院' } },
  };
  const screen = await show('/things?q=a&place=31012801', answers, { Filters: [{ Name: 'place', Of: 'cinema' }] });
  await eventually(() => expect(screen.all('.pick')[0]?.textContent).toBe('place星河影城 31012801'));
  await screen.fill('place', 'dfd');
  await screen.shows('东方大戏院 31012802');
  await screen.click('保存条件');
  expect(screen.all('.ant-tag').map(({ textContent }) => textContent)).toEqual(['星河影城']);
  await screen.click('星河影城');
  expect(window.location.search).toBe('?place=31012801');
  await screen.click('删除 星河影城');
  expect(screen.all('.ant-tag')).toEqual([]);
});

test('a business date is that of today until another is chosen; ways lead to those before and to several', async () => {
  const Filters = (['date', 'until'] as const).map((Of) => ({ Name: Of, Of }));
  const screen = await showScreen(() => <FilterBar />, { address: '/things', begun: declared({ Filters }) });
  const shown = () => screen.all('input[type=date]').map((field) => (field as HTMLInputElement).value);
  const today = businessDateAt(Date.now());
  expect(shown()).toEqual([today, '']);
  await screen.click('往前');
  await eventually(() => expect(shown()).toEqual([dayAfter(today, -1), '']));
  expect(window.location.search).toBe(`?date=${dayAfter(today, -1)}`);
  await screen.click('近 7 天');
  await screen.click('往前');
  await eventually(() => expect(shown()).toEqual([dayAfter(today, -13), dayAfter(today, -7)]));
  await screen.click('上月');
  await screen.click('往后');
  const [first = '', last = ''] = shown();
  expect([first.slice(0, 7), first.slice(8), dayAfter(last, 1).slice(8)]).toEqual([today.slice(0, 7), '01', '01']);
  await screen.click('今天');
  expect(window.location.search).toBe('');
});

test('elements are shown as their kind is everywhere: things by name with a link, times with how long ago they were', async () => {
  const row = {
    ...{ CinemaCode: '31012801', CheckTime: '2026-11-26T20:15:07', RowNum: 3, ColumnNum: 4, Price: 45 },
    Platform: 'vendor-a',
  };
  const columns = ['CinemaCode', 'CheckTime', 'Seat', 'Price', 'Platform'] as const;
  const screen = await showScreen(
    () => <RowsTable caption="" rows={[row]} columns={columns} rowKey={({ CheckTime }) => CheckTime} />,
    {
      answers: { '/names.json': { cinema: { 31012801: '星河影城' } } },
      begun: { Menu: [{ Path: '/cinemas', Label: '', IsScreen: true }] },
    },
  );
  await screen.shows('星河影城 31012801');
  const heads = screen.all('th').map(({ textContent }) => textContent);
  expect(heads).toEqual(['影院', '检票时间', '座位', '票价', '检票平台']);
  expect(screen.rows()[0]).toMatch(/2026-11-26 20:15:07 .*(前|后)3 排 4 座45\.00vendor-a$/);
  // The menu of this person has no screen of platforms.
  expect(screen.all('td a').map((link) => link.getAttribute('href'))).toEqual(['/cinemas?cinema=31012801']);
});

test('a film is chosen of one cinema: those of all are not counted', async () => {
  const cinemas = { 31012801: '星河影城', 31012802: '东方大戏院' };
  const screen = await showScreen(() => <FilterBar fields={[]} />, {
    address: '/things?film=001',
    answers: { '/names.json': { cinema: cinemas }, '/report.json?by=film&cinema=31012801': { Lines: [] } },
    begun: declared({ Filters: [{ Name: 'film', Of: 'film' }] }),
  });
  await screen.fill('影片', 'x');
  expect(screen.asked).toEqual([]);
  await act(async () => window.history.pushState(null, '', '/things?film=001&cinema=31012801'));
  await eventually(() => expect(screen.asked).toEqual(['/report.json?by=film&cinema=31012801']));
});

test('rows that are all there are sorted by an element', async () => {
  const rows = [
    { Name: 'b', Count: 2 },
    { Name: 'a', Count: 10 },
  ];
  const screen = await showScreen(() => <RowsTable<Row> {...LIST} rows={rows} />);
  expect(screen.rows()).toEqual(['b2', 'a10']);
  await screen.click('数量');
  expect(screen.rows()).toEqual(['a10', 'b2']);
  await screen.click('数量');
  expect(screen.rows()).toEqual(['b2', 'a10']);
});

test('rows without a text come before those that have one', async () => {
  const rows = ['b', null, 'c', null, 'a'].map((Name, Count) => ({ Name, Count }));
  const screen = await showScreen(() => <RowsTable {...LIST} rowKey={({ Count }) => Count} rows={rows} />);
  await screen.click('名称');
  expect(screen.rows().map((row) => row.at(0))).toEqual(['–', '–', 'a', 'b', 'c']);
});

test('a count leads to what it counts, unless it is of nothing or not known', async () => {
  const rows = [7, 0, null].map((Here) => ({ Here, Name: `${Here}` }));
  const columns = [{ of: 'Here', to: ({ Name }: { Name: string }) => `/records?here=${Name}` }] as const;
  const screen = await showScreen(
    () => <RowsTable caption="" rows={rows} columns={columns} rowKey={({ Name }) => Name} />,
    { begun: { Menu: [{ Path: '/records', Label: '', IsScreen: true }] } },
  );
  expect(screen.all('td a').map((link) => link.getAttribute('href'))).toEqual(['/records?here=7']);
});
