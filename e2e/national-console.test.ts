// @module-tag process
// @module-tag service
import { createRecordStore } from '@ticket-check/check-records';
import { buildConsoles } from '@ticket-check/console/build';
import { parseRecordId, parseWallClock, UNTOLD_ORIGIN, wallClockAt } from '@ticket-check/protocol';
import { expect, onTestFinished, test } from 'vitest';
import { importRows } from '../apps/national-platform/src/intake/import-rows.ts';
import { cinemaKind, publicKeyKind, refundKind, ticketKind } from '../apps/national-platform/src/intake/kinds.ts';
import {
  CINEMA,
  checkTicketJson,
  makeTicket,
  makeUkey,
  OTHER_CINEMA,
} from '../apps/national-platform/src/testing/test-cinema.ts';
import { startTestPlatform } from '../apps/national-platform/src/testing/test-platform.ts';
import { openChromium } from '../apps/third-party-platform/src/testing/chromium.ts';
import { addOperatorTo, OWN } from '../apps/third-party-platform/src/testing/console-browser.ts';
import {
  checkTicket,
  makeUkey as keyOfTickets,
  NOON_AHEAD_MS,
  sellTicket,
} from '../apps/third-party-platform/src/testing/test-cinema.ts';

const DAY = '2026-11-24';

/** A platform with a cinema whose key was replaced and one without any, of two accounts, and what is sold and entered in the former. */
async function startStocked() {
  const platform = await startTestPlatform();
  onTestFinished(() => platform.close());
  const intake = { store: platform.store, now: () => platform.now.value };
  const [former, ukey] = [makeUkey('2024-01-01T00:00:00'), makeUkey('2026-11-01T00:00:00')];
  await importRows(cinemaKind, intake, [
    { cinemaCode: CINEMA, cinemaName: '示例影城' },
    { cinemaCode: OTHER_CINEMA, cinemaName: '另一影城' },
  ]);
  await importRows(publicKeyKind, intake, [former.row, ukey.row]);
  const [entered, refunded, unused] = [makeTicket(1), makeTicket(2), makeTicket(3)];
  await importRows(ticketKind, intake, [entered, refunded, unused]);
  const { cinemaCode, filmTicketCode, startTime } = refunded;
  const refundTime = parseWallClock('2026-11-24T10:00:00');
  await importRows(refundKind, intake, [{ cinemaCode, filmTicketCode, startTime, refundTime }]);
  const vendor = await platform.issue('vendor-a');
  const records = { CinemaCode: CINEMA, CheckTickets: [checkTicketJson(entered, ukey)] };
  platform.now.value = Date.parse('2026-11-25T07:00:00+08:00');
  expect(await vendor.data('ReportOriginalCheckTickets', records)).toMatchObject({ ReportResult: true });
  const hour = { Hour: `${DAY}T19`, Records: 2, Hash: 'a'.repeat(64), Quarantined: 0, Undelivered: 0 };
  const told = { CinemaCode: CINEMA, BusinessDate: DAY, CountedAt: '2026-11-25T06:05:00', Entries: 2, Delivered: 2 };
  expect(await vendor.data('ReportBusinessDay', { ...told, Hours: [hour] })).toEqual({ Kept: true });
  platform.now.value = Date.now() + NOON_AHEAD_MS;
  await platform.issue('vendor-b');
  await platform.store.db
    .updateTable('account')
    .set({ revokedAt: '2026-11-20T00:00:00' })
    .where('username', '=', 'vendor-b')
    .execute();

  // Nothing of this record is as it is of the one that was reported.
  const aside = checkTicket(sellTicket(keyOfTickets(), OTHER_CINEMA));
  const another = {
    ...aside,
    screenCode: '0000000000000009' as typeof aside.screenCode,
    filmCode: '009900000000' as typeof aside.filmCode,
    sessionCode: '9900000000000000' as typeof aside.sessionCode,
    recordId: parseRecordId('019a0000-0000-7000-9600-000000000001'),
    startTime: parseWallClock('2026-11-24T20:00:00'),
    checkTime: parseWallClock('2026-11-24T19:50:00'),
    receivedAt: parseWallClock('2026-11-24T19:50:00'),
    ...{ account: 'vendor-b', ...UNTOLD_ORIGIN, differences: [], quarantine: 'CODE_NOT_GENUINE' as const },
  };
  await createRecordStore(platform.store).keep([another], { forward: false });
  return { platform, entered, refunded, another };
}

test('an administrator of the national platform sees keys, what platforms owe and tickets, and narrows the records by all that is offered; others see what their role permits', async () => {
  await buildConsoles();
  const { platform, entered, refunded, another } = await startStocked();
  for (const role of ['administrator', 'supervisor', 'usher', 'auditor'] as const) {
    await addOperatorTo(platform.store, role, role);
  }
  const browser = await openChromium();
  const page = await browser.newPage();
  await page.setViewportSize({ width: 1440, height: 900 });
  const row = (text: string) => page.getByRole('row').filter({ hasText: text });
  const rows = () => page.locator('#content tbody tr:has(td):not([aria-hidden])');
  const open = (path: string) => page.goto(`${platform.consoleUrl}${path}`);
  async function logIn(username: string, path: string) {
    await browser.clearCookies();
    await open(path);
    await page.getByLabel('用户名').fill(username);
    await page.getByLabel('密码').fill(OWN);
    await page.getByRole('button', { name: '登录', exact: true }).click();
    await page.getByRole('heading', { level: 1 }).waitFor();
  }

  await logIn('administrator', '/cinemas');
  await row(OTHER_CINEMA).getByText('没有公钥，该影院的影票无法检验').waitFor();
  expect(await row(CINEMA).textContent()).toMatch(/2026-11-01 00:00 启用.*2024-01-01 00:00 启用/);
  expect(await row(CINEMA).textContent()).toContain('vendor-a');

  await open(`/platforms?businessDate=${DAY}`);
  await row('vendor-b').getByText('已吊销').waitFor();
  await row('vendor-a').getByRole('link').click();
  await page.getByText('vendor-a 的影院').first().waitFor();
  // Three were sold and one of them refunded: of two that could go in one did.
  expect((await row(CINEMA).getByRole('cell').allTextContents()).slice(2)).toEqual([
    '1',
    '0',
    '0',
    '3',
    '1',
    '1',
    '50 %',
  ]);

  await open(`/completeness?businessDate=${DAY}`);
  await row(OTHER_CINEMA).waitFor();
  // Of two that went in one has arrived; the other platform does not say how many there were.
  expect((await row(CINEMA).getByRole('cell').allTextContents()).slice(1, 8)).toEqual([
    'vendor-a',
    '2',
    '1',
    '1',
    '0',
    '0',
    '50 % 低于 98%',
  ]);
  expect((await row(OTHER_CINEMA).getByRole('cell').allTextContents()).slice(1, 8)).toEqual([
    'vendor-b',
    '未告知',
    '1',
    '–',
    '–',
    '1',
    '未告知',
  ]);
  await row(CINEMA).getByRole('link').click();
  await row(`${DAY} 19:00`).getByText('2（另有隔离 0）').waitFor();
  expect((await row(`${DAY} 19:00`).getByRole('cell').allTextContents()).slice(1)).toEqual([
    'vendor-a',
    '1（另有隔离 0）',
    '2（另有隔离 0）',
  ]);

  await open(`/report?businessDate=${DAY}`);
  await row(OTHER_CINEMA).locator('[data-head="平台告知入场"]').getByText('未告知').waitFor();

  // What comes in shows on today's list by itself.
  await open('/records');
  await page.getByText('实时更新').waitFor();
  const atDoor = checkTicket(sellTicket(keyOfTickets(), OTHER_CINEMA));
  const checkTime = wallClockAt(platform.now.value);
  const received = {
    account: 'vendor-b',
    ...UNTOLD_ORIGIN,
    ...{ startTime: checkTime, checkTime, receivedAt: checkTime },
    quarantine: null,
    differences: [],
  };
  await createRecordStore(platform.store).keep([{ ...atDoor, ...received }], { forward: false });
  await row(atDoor.filmTicketCode).waitFor();

  await open(`/tickets?cinema=${CINEMA}&businessDate=${DAY}`);
  await row('19:30').getByRole('link').click();
  await row(entered.filmTicketCode).waitFor();
  expect(await rows().count()).toBe(3);
  await row(refunded.filmTicketCode).getByRole('link').click();
  await page.getByText('没有入场记录。').waitFor();
  await page.getByText('2026-11-24 10:00:00').waitFor();

  // Each filter that is offered leaves the one record of two that it names.
  await open(`/records?businessDate=${DAY}`);
  await row(another.filmTicketCode).waitFor();
  expect(await rows().count()).toBe(2);
  const { recordId } = await platform.store.db
    .selectFrom('checkRecord')
    .select('recordId')
    .where('account', '=', 'vendor-a')
    .executeTakeFirstOrThrow();
  await platform.store.db
    .updateTable('checkRecord')
    .set({ gate: 'gate-7' })
    .where('account', '=', 'vendor-a')
    .execute();
  const inHand = '二维码、票号或记录编号';
  const texts: readonly (readonly [string, string])[] = [
    [inHand, entered.filmTicketCode],
    [inHand, recordId],
    ['影院编码', CINEMA],
    ['检票平台', 'vendor-a'],
    ['检票口', 'gate-7'],
    ['影厅编码', entered.screenCode],
    ['场次编码', entered.sessionCode],
    ['影片编码', entered.filmCode],
  ];
  const offered = await page.locator('#content form.filters label').allTextContents();
  expect(offered).toEqual(['营业日', expect.any(String), ...new Set(texts.map(([label]) => label))]);
  for (const [label, text] of texts) {
    await page.getByLabel(label, { exact: true }).fill(text);
    await page.getByRole('button', { name: '查询' }).click();
    await expect.poll(() => row(another.filmTicketCode).count(), { message: label }).toBe(0);
    await row(entered.filmTicketCode).waitFor();
    await open(`/records?businessDate=${DAY}`);
    await row(another.filmTicketCode).waitFor();
  }
  await page.locator('#content .ant-select').click();
  await page.getByTitle('隔离').click();
  await expect.poll(() => row(entered.filmTicketCode).count()).toBe(0);
  await row(another.filmTicketCode).waitFor();

  const everyone = ['影票', '送达率', '检票记录', '检票日报'];
  for (const [role, permitted, forbidden] of [
    ['supervisor', ['检票平台', '影院与公钥', ...everyone], '/audit'],
    ['auditor', ['检票平台', '影院与公钥', ...everyone, '操作记录'], '/operators'],
    ['usher', everyone, '/platforms'],
  ] as const) {
    await logIn(role, `/records?businessDate=${DAY}`);
    await row(entered.filmTicketCode).waitFor();
    const menu = await page.getByRole('navigation').getByRole('link').allTextContents();
    for (const label of permitted) expect(menu, role).toContain(label);
    expect(menu, role).not.toContain('操作员');
    if (role !== 'auditor') expect(menu, role).not.toContain('操作记录');
    if (role === 'usher') expect(menu).not.toContain('检票平台');
    expect((await open(forbidden))?.status(), role).toBe(403);
    expect(await page.getByRole('main').textContent()).toContain('没有权限');
  }
}, 600_000);
