// @module-tag process
// @module-tag service
import { readFile } from 'node:fs/promises';
import { createRecordStore } from '@ticket-check/check-records';
import { buildConsoles } from '@ticket-check/console/build';
import { addSeconds, businessDate, wallClockAt } from '@ticket-check/protocol';
import { readSheet } from 'read-excel-file/node';
import { beforeAll, expect, test } from 'vitest';
import { complaintsOf, openScreen } from '../testing/chromium.ts';
import { addOperator, withStore } from '../testing/console-browser.ts';
import { makeUkey, receivedRecord } from '../testing/test-cinema.ts';
import { createSiteBehind } from '../testing/test-platform.ts';

// Not of the time that a test may take.
beforeAll(buildConsoles);

const ukey = makeUkey();

test('an administrator follows a record, compares the day with the national platform, exports it and sees that in the audit', {
  timeout: 120_000,
}, async () => {
  const { national, site } = await createSiteBehind(ukey);
  const before = addSeconds(wallClockAt(Date.now()), -7200);
  const fine = receivedRecord(ukey, { startTime: before, checkTime: before });
  const { recordId } = receivedRecord(ukey);
  const again = { ...fine, filmName: '=1+1', recordId, checkTime: addSeconds(before, 20) };
  await withStore(site, (store) => createRecordStore(store).keep([fine, again], { forward: false }));
  national.records = [fine];
  const service = await site.start();
  await addOperator(site, 'li.wei', 'administrator');
  const day = businessDate(fine.checkTime);

  const page = await openScreen(service, `/records?businessDate=${day}`, 'li.wei');
  // Ant Design adds styles without the nonce; nothing hangs on them.
  const complaints = complaintsOf(page, { but: ['Applying inline style'] });
  const row = (name: string) => page.getByRole('row').filter({ hasText: name });
  const fileAfter = async (button: string) => {
    const coming = page.waitForEvent('download');
    await page.getByRole('button', { name: button }).click();
    const file = await coming;
    return { name: file.suggestedFilename(), bytes: await readFile(await file.path()) };
  };

  const file = await fileAfter('导出 CSV');
  expect(file.name).toBe(`records-${day}.csv`);
  expect(file.bytes.toString()).toContain(`,'=1+1,`);
  // Drill-down: from the list to one record, and from there to the first entry of its ticket.
  await row('重复入场').getByRole('link').first().click();
  await page.getByRole('heading', { name: '同一张票的入场' }).waitFor();
  await row('首次入场').getByRole('link').click();
  await page.waitForURL(`**/records/${fine.recordId}`);

  await page.goto(`${service.consoleUrl}/reconciliation?businessDate=${day}`);
  await page.getByRole('button', { name: '开始对账' }).click();
  await page.getByText('对账完成：1 条记录不一致').waitFor();
  expect(await row(again.filmTicketCode).textContent()).toContain('上级没有这条记录');
  const sheet = await fileAfter('导出 XLSX');
  expect(sheet.name).toBe(`reconciliation-${day}.xlsx`);
  expect((await readSheet(sheet.bytes)).at(1)).toContain(again.recordId);

  await page.goto(`${service.consoleUrl}/audit?name=report`);
  await row('report records').first().waitFor();
  expect(await row('rows').textContent()).toMatch(/li\.wei.*rows 2/);
  // An entry has its place within a second.
  const proofOf = row('rows').getByRole('button', { name: '下载证明' });
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
  expect(complaints).toEqual([]);
});
