// @vitest-environment happy-dom
import { expect, test, vi } from 'vitest';
import { eventually, showScreen } from '../testing/show-screen.tsx';
import AuditScreen from './audit-screen.tsx';
import ReconciliationScreen from './reconciliation-screen.tsx';
import RecordScreen from './record-screen.tsx';
import ReportScreen from './report-screen.tsx';
import Settings from './settings.tsx';

const ID = '019a0000-0000-7000-9300-000000000000';
const AT = '2026-11-24T19:30:00';

/** Who may see check records, to which other screens lead, and compare them. */
const begun = { Menu: ['/records', '/reconciliation'].map((Path) => ({ Path, Label: '', IsScreen: true })) };

const showAnswered = (answer: unknown) =>
  showScreen(RecordScreen, {
    ...{ address: `/records/${ID}`, path: '/records/:recordId', begun },
    answers: { [`/record.json?id=${ID}`]: answer },
  });
const showRecord = (record: object) =>
  showAnswered({ Records: [{ RecordId: ID, CheckTime: AT, Way: [], EntriesOfTicket: [], ...record }] });

test.each([
  [
    { Step: 'CHECKED', At: AT, Account: 'terminal-1', Offline: true },
    ['检票', '2026-11-24 19:30:00', 'terminal-1', '离线'],
  ],
  [{ Step: 'ACCEPTED', At: null, Refusals: 2 }, ['上级已接收', '时间不详', '此前被拒收 2 次']],
  [
    { Step: 'REFUSED', At: AT, ErrorCode: 'RECORD_INVALID', Message: '<b>no</b>', Attempts: 3, NextAttemptAt: AT },
    ['上级拒收', 'RECORD_INVALID', '<b>no</b>', '已尝试 3 次，下次'],
  ],
  [{ Step: 'UNDONE', At: AT, Upstream: 'WAITING' }, ['已撤销，观众未入场', '上级平台尚未收到撤销']],
  [
    { Step: 'OVERRIDDEN', At: AT, Verdict: 'ALREADY_ENTERED', Operator: 'susi', Reason: 'on the <b>phone</b>' },
    ['值班经理人工放行', '此票已入场', 'susi', 'on the <b>phone</b>'],
  ],
])('a record shows each step of its way: %o', async (step, words) => {
  const screen = await showRecord({ Way: [step] });
  await eventually(() => expect(screen.all('.way li')).toHaveLength(1));
  for (const word of words) expect(screen.all('.way li')[0]?.textContent).toContain(word);
});

test('each number of a report over several dates opens the records that it counts', async () => {
  const of = { BusinessDate: '2026-11-18', LastBusinessDate: '2026-11-24', CinemaCode: '31012801' };
  const row = { ...of, Checked: 9, Entries: 8, Undone: 1, Quarantined: 1, Doubles: 2, LateRefunds: 0, Offline: 3 };
  const screen = await showScreen(ReportScreen, {
    address: '/report?cinema=31012801',
    answers: {
      '/report.json?cinema=31012801': {
        Lines: [
          { ...of, TicketType: '网络售票', Entries: 5 },
          { ...of, SessionCode: '1', StartTime: AT, Entries: 4 },
        ],
        Cinemas: [],
        Scans: [],
        Total: row,
      },
      '/completeness.json?cinema=31012801': { DemandedPercent: 98, Days: [] },
    },
    begun,
  });
  const range = '/records?businessDate=2026-11-18&until=2026-11-24&cinema=31012801';
  await eventually(() =>
    expect(screen.all('td a').map((link) => [link.textContent, link.getAttribute('href')])).toEqual([
      ['9', range],
      ['8', `${range}&counted=ENTRIES`],
      ['已撤销 1', `${range}&counted=UNDONE`],
      ['1', `${range}&state=QUARANTINED`],
      ['2', `${range}&counted=DOUBLES`],
      ['3', `${range}&counted=OFFLINE`],
      ['5', `${range}&${new URLSearchParams({ type: '网络售票' })}&counted=ENTRIES`],
      [expect.stringContaining('2026-11-24 19:30'), `${range}&session=1`],
      ['4', `${range}&session=1&counted=ENTRIES`],
    ]),
  );
});

test('a record of a ticket that came in twice leads to the first entry', async () => {
  const first = { RecordId: 'first', CheckTime: AT, First: true, IsThis: false };
  const again = { RecordId: ID, CheckTime: AT, First: false, IsThis: true, OverriddenVerdict: 'ALREADY_ENTERED' };
  const screen = await showRecord({ EntriesOfTicket: [first, again] });
  await screen.shows('首次入场');
  expect(screen.rows()[1]).toMatch(/重复入场 · 本记录.*人工放行/);
  await screen.click(screen.all('tbody a')[0]?.textContent ?? '');
  expect(window.location.pathname).toBe('/records/first');
});

test('a record that there is not is said to be none', async () => {
  const screen = await showAnswered(() => Response.json({ error: 'no-record' }, { status: 404 }));
  await screen.shows('没有这条检票记录');
});

const finding = (Kind: string, more: object = {}) => ({
  ...{ Kind, RecordId: Kind, CheckTime: AT, CinemaCode: '31012345', FilmTicketCode: '1234567890123456' },
  ...{ Advice: 'ask', AdviceZh: '请核对', ...more },
});

const last = (BusinessDate: string, EndedAt: string, ...CinemaCodes: string[]) => ({
  ...{ BeganAt: AT, EndedAt, BusinessDate, CinemaCodes, Records: 1234, Differing: 2, Failed: 0 },
});
const LAST = [
  last('2026-11-23', '2026-11-24T19:31:15', '*'),
  last('2026-11-22', AT, '31012345'),
  last('2026-11-22', AT, '31012345', '31012346'),
];

const showReconciliation = (address: string, found: object) =>
  showScreen(ReconciliationScreen, {
    address,
    begun,
    answers: {
      [address.replace('/reconciliation', '/reconciliation.json')]: {
        ...{ BusinessDate: '2026-11-24', TookMs: 3200, Records: 1234, Differing: 0, Failed: 0, Findings: [] },
        ...{ Cinemas: [], ...found },
      },
      '/reconciliation/last.json': { Reconciled: LAST },
    },
  });

test('a comparison is made on demand, names what differs on both sides, and is exported', async () => {
  const screen = await showReconciliation('/reconciliation?businessDate=2026-11-24', {
    Differing: 3,
    Failed: 1,
    Findings: [
      finding('differs', { Elements: { Price: { Here: 45, Upstream: 46 } } }),
      finding('missing-here'),
      finding('quarantined-upstream', { ErrorCode: 'CODE_NOT_GENUINE' }),
    ],
    Cinemas: [{ CinemaCode: '31019999', Failure: 'no answer' }],
  });
  expect(screen.asked).toEqual(['/reconciliation/last.json']);
  await screen.click('开始对账');
  await screen.shows('对账完成：3 条记录不一致 1 家影院未能对账');
  expect(screen.text()).toContain('31019999: no answer');
  expect(screen.text()).toContain('营业日 2026-11-24：1 家影院，本地 1,234 条检票记录，用时 4 秒');
  expect(screen.text()).toMatch(/最近对账.*2026-11-23全部影院1,234201 分 15 秒/);
  expect(screen.rows().slice(0, 3)).toEqual([
    expect.stringMatching(/内容不一致.*票价：本地 45，上级 46请核对/),
    expect.stringContaining('本地没有这条记录'),
    expect.stringMatching(/上级已隔离.*CODE_NOT_GENUINE/),
  ]);
  // What is not here has no record to open.
  expect(screen.all('tbody a').map((link) => link.getAttribute('href'))).toEqual([
    '/records/differs',
    '/records/quarantined-upstream',
    '/reconciliation?businessDate=2026-11-23',
    '/reconciliation?businessDate=2026-11-22&cinema=31012345',
    // The first of several would be another comparison than that of the row.
    '/reconciliation?businessDate=2026-11-22',
  ]);

  screen.answer({
    '/reconciliation.csv?businessDate=2026-11-24': () =>
      new Response('rows', { headers: { 'content-disposition': 'attachment; filename="day.csv"' } }),
  });
  const clicked = vi.spyOn(HTMLAnchorElement.prototype, 'click').mockImplementation(() => {});
  await screen.click('导出 CSV');
  await eventually(() => expect(clicked).toHaveBeenCalled());
  expect(clicked.mock.contexts[0]).toMatchObject({ download: 'day.csv' });
  await screen.click('导出 XLSX（Excel）');
  await screen.shows('内容不存在');
});

test('a link to a cinema’s date compares at once', async () => {
  const screen = await showReconciliation('/reconciliation?businessDate=2026-11-24&cinema=31012345', {});
  await screen.shows('对账完成：两边一致');
});

test('the audit says in words what was asked and what the result was; an actor is typed if there are many', async () => {
  const line = (Name: string, What: object, Of: string | null = null) =>
    JSON.stringify({ Id: Name, Name, Actor: 'anna', From: '192.0.2.7', BeganAt: AT, Of, Failed: false, What });
  const Entries = [
    line('report day', {
      businessDate: '2026-11-01',
      ...{ until: '2026-11-30', by: 'screen', screen: '1', film: '2', session: '3', cinemaCodes: ['31012345'] },
    }),
    line('reconcile', { differing: 2, failed: 1 }, 'its start'),
    line('operator end-session', { username: 'bert', session: '4f' }),
    line('entries undo', { recordId: '019a', cinemaCode: '31012345', permissions: ['claims.read'] }),
  ].map((Line, Index) => ({ Index, Line }));
  const screen = await showScreen(AuditScreen, {
    address: '/audit',
    path: '/audit',
    begun: {
      Menu: ['/operators', '/records', '/cinemas'].map((Path) => ({ Path, Label: '', IsScreen: true })),
      Lists: { '/audit': { Rows: 'Entries', Live: false, HasFile: false, Filters: [] } },
    },
    answers: {
      '/audit.json': { Titles: {}, Actors: null, Entries, Next: null },
      '/names.json': { cinema: { 31012345: '示例影城' } },
      ...Object.fromEntries(
        ['screen', 'film', 'session'].map((by) => [
          `/report.json?by=${by}&businessDate=2026-11-01&cinema=31012345`,
          { Lines: [{ ScreenCode: '1', ScreenName: '一号厅', FilmCode: '2', FilmName: '流浪地球', SessionCode: '4' }] },
        ]),
      ),
    },
  });
  for (const words of [
    '营业日 2026-11-01，截止 2026-11-30，按 影厅，影厅 一号厅 1，影片 流浪地球 2，场次 3，影院 示例影城',
    ...['不一致 2，未能比对 1', '账号 bert，登录 4f'],
    '检票记录 019a，影院 示例影城 31012345，权限 查看未归还的占票',
  ])
    await screen.shows(words);
  const links = screen.all('a').map((link) => link.getAttribute('href'));
  expect(links).toEqual(
    expect.arrayContaining([
      ...['/operators/one?username=anna', '/operators/one?username=bert', '/records/019a', '/cinemas?cinema=31012345'],
      '/records?businessDate=2026-11-01&cinema=31012345&session=3',
    ]),
  );
  expect(screen.all('input#filter_actor[type=text]')).toHaveLength(1);
});

test('the settings are followed by the jobs, with what failed', async () => {
  const screen = await showScreen(Settings, {
    answers: {
      '/settings.json': { Settings: [] },
      '/jobs.json': {
        Jobs: [
          { Name: 'audit', NextRun: AT, LastRun: AT, LastError: null, Owner: 'gate-1:4711:0f3a' },
          { Name: 'purge', NextRun: AT, LastRun: null, LastError: 'Error: no <b>disk</b>', Owner: null },
        ],
      },
    },
  });
  await screen.shows('定时任务');
  await eventually(() => expect(screen.rows()).toHaveLength(2));
  expect(screen.rows()[0]).toMatch(/audit.*2026-11-24 19:30 .*gate-1:4711:0f3a/);
  expect(screen.rows()[1]).toMatch(/purge.*Error: no <b>disk<\/b>–.*–/);
});
