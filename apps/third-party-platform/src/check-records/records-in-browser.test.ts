// @module-tag process
// @module-tag service
import { readFile } from 'node:fs/promises';
import { createRecordStore } from '@ticket-check/check-records';
import { buildConsoles } from '@ticket-check/console/build';
import { startNationalPlatform } from '@ticket-check/peers/vitest';
import { addSeconds, businessDate, type CheckRecord, parseRecordId } from '@ticket-check/protocol';
import { expect, test } from 'vitest';
import { openChromium } from '../testing/chromium.ts';
import { addOperator, OWN, withStore } from '../testing/console-browser.ts';
import { CINEMA, checkTicket, makeUkey, sellTicket } from '../testing/test-cinema.ts';
import { createSite } from '../testing/test-platform.ts';

const ukey = makeUkey();

test('an administrator follows a record, compares the day with the national platform, exports it and sees that in the audit', async () => {
  await buildConsoles();
  const national = await startNationalPlatform({ kind: 'extended', cinemaCodes: [CINEMA] });
  national.keys.set(CINEMA, [ukey.key]);
  const site = await createSite('');
  await site.setUpstream(national.bundle);
  const record = () => checkTicket(sellTicket(ukey));
  const [fine, priced, lost, refused] = [record(), record(), record(), record()];
  const [here, there, undelivered, stranger] = [record(), record(), record(), record()];
  const again = {
    ...fine,
    filmName: '=1+1',
    recordId: parseRecordId('019a0000-0000-7000-9300-000000000000'),
    checkTime: addSeconds(fine.checkTime, 20),
  };
  await withStore(site, async (store) => {
    const kept = { account: 'terminal-1', gate: '', differences: [] };
    const received = [fine, priced, lost, refused, there, undelivered, again].map((each) => ({
      ...each,
      ...kept,
      quarantine: null,
      receivedAt: each.checkTime,
    }));
    const records = createRecordStore(store);
    await records.keep(received, { forward: false });
    await records.keep([{ ...here, ...kept, quarantine: 'TOO_MANY_ENTRIES', receivedAt: here.checkTime }], {
      forward: false,
    });
    const { identity } = await store.db
      .selectFrom('checkRecord')
      .select('identity')
      .where('recordId', '=', refused.recordId)
      .executeTakeFirstOrThrow();
    const { recordId, cinemaCode, checkTime, startTime } = refused;
    const attempt = { attempts: 3, parkedAt: checkTime, nextAttemptAt: '2099-01-01T00:00:00' };
    const reason = { errorCode: 'RECORD_INVALID', errorMessage: '<b>no</b>' };
    await store.db
      .insertInto('outbox')
      .values({
        recordId,
        identity,
        cinemaCode,
        checkTime,
        startTime,
        incomplete: 0,
        revision: 0,
        ...attempt,
        ...reason,
      })
      .execute();
  });
  national.records = [
    fine,
    { ...priced, price: 4600 as CheckRecord['price'] },
    here,
    there,
    undelivered,
    again,
    stranger,
  ];
  national.states.set(there.recordId, { quarantine: 'CODE_NOT_GENUINE' });
  national.states.set(undelivered.recordId, { delivered: false, refused: 'ELSEWHERE' });
  const service = await site.start();
  await addOperator(site, 'li.wei', 'administrator');
  const day = businessDate(fine.checkTime);

  const page = await (await openChromium()).newPage();
  const complaints: string[] = [];
  // Ant Design adds styles without the nonce; nothing hangs on them.
  page.on('console', (message) => {
    if (!message.text().startsWith('Applying inline style')) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(`${service.consoleUrl}/records?businessDate=${day}`);
  await page.getByLabel('用户名').fill('li.wei');
  await page.getByLabel('密码').fill(OWN);
  await page.getByRole('button', { name: '登录', exact: true }).click();
  const row = (name: string) => page.getByRole('row').filter({ hasText: name });

  // Drill-down: from the list to one record, and from there to the first entry of its ticket.
  await row('重复入场').getByRole('link').click();
  await page.getByRole('heading', { name: '同一张票的入场' }).waitFor();
  const way = page.getByRole('listitem');
  await way.filter({ hasText: '上级已接收' }).waitFor();
  expect(await way.filter({ hasText: '检票' }).first().textContent()).toContain('terminal-1');
  await row('首次入场').getByRole('link').click();
  await page.waitForURL(`**/records/${fine.recordId}`);
  await page.goto(`${service.consoleUrl}/records/${refused.recordId}`);
  await way.filter({ hasText: /RECORD_INVALID.*<b>no<\/b>.*已尝试 3 次/s }).waitFor();
  await page.goto(`${service.consoleUrl}/records/019a0000-0000-7000-9300-00000000000f`);
  await page.getByText('没有这条检票记录').waitFor();

  await page.goto(`${service.consoleUrl}/reconciliation?businessDate=${day}`);
  await page.getByRole('button', { name: '开始对账' }).click();
  await page.getByText('对账完成：7 条记录不一致').waitFor();
  for (const [kind, { filmTicketCode }] of [
    ['内容不一致', priced],
    ['上级没有这条记录', lost],
    ['上级拒收', refused],
    ['本地已隔离，上级计为入场', here],
    ['上级已隔离', there],
    ['上级尚未继续上报', undelivered],
    ['本地没有这条记录', stranger],
  ] as const) {
    expect(await row(filmTicketCode).textContent(), kind).toContain(kind);
  }
  expect(await row('内容不一致').textContent()).toContain('Price: 本地 45，上级 46');

  await page.goto(`${service.consoleUrl}/report?businessDate=${day}&by=film`);
  expect(await row('示例影片').first().textContent()).toContain('8');
  const download = page.waitForEvent('download');
  await page.goto(`${service.consoleUrl}/records?businessDate=${day}`);
  await page.getByRole('button', { name: '导出 CSV' }).click();
  const file = await download;
  expect(file.suggestedFilename()).toBe(`records-${day}.csv`);
  const lines = (await readFile(await file.path(), 'utf8')).trimEnd().split('\r\n');
  expect(lines).toHaveLength(1 + 8);
  expect(lines.filter((line) => line.includes(`,'=1+1,`))).toHaveLength(1);

  await page.goto(`${service.consoleUrl}/audit?name=report`);
  await row('report records').first().waitFor();
  expect(await row('rows').textContent()).toMatch(/li\.wei.*rows 8/);
  // An entry has its place within a second.
  const proofOf = row('rows').getByRole('link', { name: '下载证明' });
  await expect
    .poll(async () => {
      await page.reload();
      await row('rows').waitFor();
      return proofOf.count();
    })
    .toBe(1);
  const proving = page.waitForEvent('download');
  await proofOf.click();
  expect(await readFile(await (await proving).path(), 'utf8')).toMatch(/^c2sp\.org\/tlog-proof@v1\n/);
  expect(complaints.filter((text) => !text.includes('404'))).toEqual([]);
});
