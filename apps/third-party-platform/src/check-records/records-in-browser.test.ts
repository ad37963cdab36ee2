// @module-tag process
// @module-tag service
import { readFile } from 'node:fs/promises';
import { createRecordStore, createReversals } from '@ticket-check/check-records';
import { buildConsoles } from '@ticket-check/console/build';
import {
  addSeconds,
  businessDate,
  type CheckRecord,
  ProtocolError,
  parseRecordId,
  UNTOLD_ORIGIN,
  wallClockAt,
} from '@ticket-check/protocol';
import { startNationalPlatform } from '@ticket-check/simulators/peers/vitest';
import { readSheet } from 'read-excel-file/node';
import { expect, test } from 'vitest';
import { complaintsOf, openChromium } from '../testing/chromium.ts';
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
  // Of a session of two hours ago: what waits is late by now.
  const before = addSeconds(wallClockAt(Date.now()), -7200);
  const record = () => ({ ...checkTicket(sellTicket(ukey)), startTime: before, checkTime: before });
  const [fine, priced, lost, refused] = [record(), record(), record(), record()];
  const [here, there, undelivered, stranger] = [record(), record(), record(), record()];
  const [moved, completed, sending, late] = [record(), record(), record(), record()];
  const [undoneHere, undoneThere] = [record(), record()];
  sending.startTime = addSeconds(before, 7200);
  const overloaded = () => {
    throw new ProtocolError('OVERLOADED', 'later');
  };
  national.replace('ReportOriginalCheckTickets', overloaded);
  const again = {
    ...fine,
    filmName: '=1+1',
    recordId: parseRecordId('019a0000-0000-7000-9300-000000000000'),
    checkTime: addSeconds(fine.checkTime, 20),
  };
  await withStore(site, async (store) => {
    const kept = { account: 'terminal-1', ...UNTOLD_ORIGIN, differences: [] };
    const received = (...some: readonly CheckRecord[]) =>
      some.map((each) => ({ ...each, ...kept, quarantine: null, receivedAt: each.checkTime }));
    const records = createRecordStore(store);
    const unnamed = { ...completed, filmName: '' };
    await records.keep(
      received(fine, priced, lost, refused, there, undelivered, again, moved, unnamed, undoneHere, undoneThere),
      { forward: false },
    );
    const { recordId: reverses, ...undone } = undoneHere;
    const reversal = { ...undone, reverses, recordId: parseRecordId('019a0000-0000-7000-9300-000000000001') };
    await createReversals(store).keep(
      [{ ...reversal, account: kept.account, reversedAt: before, receivedAt: before }],
      { maxOfTicket: 16, forward: true },
    );
    await records.keep(received(sending, late), { forward: true });
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
    await store.db
      .insertInto('deliveredRecord')
      .columns(['recordId', 'identity', 'cinemaCode', 'deliveredAt', 'sentAt'])
      .expression((eb) =>
        eb
          .selectFrom('checkRecord')
          .select(['recordId', 'identity', 'cinemaCode', eb.val(addSeconds(fine.checkTime, 7)).as('deliveredAt')])
          .select(eb.val(addSeconds(fine.checkTime, 5)).as('sentAt'))
          .where('recordId', '=', fine.recordId),
      )
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
    { ...moved, checkTime: addSeconds(moved.checkTime, 30) },
    completed,
    undoneHere,
    undoneThere,
  ];
  national.states.set(there.recordId, { quarantine: 'CODE_NOT_GENUINE' });
  national.states.set(undoneThere.recordId, { undone: true });
  national.states.set(undelivered.recordId, { delivered: false, refused: 'ELSEWHERE' });
  const service = await site.start();
  await addOperator(site, 'li.wei', 'administrator');
  const day = businessDate(fine.checkTime);

  const page = await (await openChromium()).newPage();
  // Ant Design adds styles without the nonce; nothing hangs on them.
  const complaints = complaintsOf(page, { but: ['Applying inline style'] });
  await page.goto(`${service.consoleUrl}/records?businessDate=${day}`);
  await page.getByLabel('用户名').fill('li.wei');
  await page.getByLabel('密码').fill(OWN);
  await page.getByRole('button', { name: '登录', exact: true }).click();
  const row = (name: string) => page.getByRole('row').filter({ hasText: name });

  // It is no entry any more, and none that came again.
  expect(await row(undoneHere.filmTicketCode).textContent()).toMatch(/已撤销(?!.*重复入场)/);

  // Drill-down: from the list to one record, and from there to the first entry of its ticket.
  await row('重复入场').getByRole('link').click();
  await page.getByRole('heading', { name: '同一张票的入场' }).waitFor();
  const way = page.getByRole('listitem');
  await way.filter({ hasText: /上级已接收.*时间不详/ }).waitFor();
  expect(await way.filter({ hasText: '检票' }).first().textContent()).toContain('terminal-1');
  await row('首次入场').getByRole('link').click();
  await page.waitForURL(`**/records/${fine.recordId}`);
  await way.filter({ hasText: `发往上级 ${addSeconds(fine.checkTime, 5).replace('T', ' ')}` }).waitFor();
  await way.filter({ hasText: `上级已接收 ${addSeconds(fine.checkTime, 7).replace('T', ' ')}` }).waitFor();
  await page.goto(`${service.consoleUrl}/records/${refused.recordId}`);
  await way.filter({ hasText: '发往上级 共 3 次' }).waitFor();
  await way.filter({ hasText: /RECORD_INVALID.*<b>no<\/b>.*已尝试 3 次/s }).waitFor();
  await page.goto(`${service.consoleUrl}/records/${undoneHere.recordId}`);
  await way.filter({ hasText: /已撤销，不计为入场.*上级平台尚未收到撤销/s }).waitFor();
  await page.goto(`${service.consoleUrl}/records/019a0000-0000-7000-9300-00000000000f`);
  await page.getByText('没有这条检票记录').waitFor();

  await page.goto(`${service.consoleUrl}/reconciliation?businessDate=${day}`);
  await page.getByRole('button', { name: '开始对账' }).click();
  await page.getByText('对账完成：11 条记录不一致').waitFor();
  // A link to a cinema's date starts the comparison by itself.
  await page.goto(`${service.consoleUrl}/reconciliation?businessDate=${day}&cinema=${CINEMA}`);
  await page.getByText('对账完成：11 条记录不一致').waitFor();
  const differing: readonly (readonly [CheckRecord, kind: string, difference: string, whatToDo: string])[] = [
    [priced, '内容不一致', '票价：本地 45', '与售票和检票的实际情况核对'],
    [moved, '内容不一致', '检票时间：本地', '与售票和检票的实际情况核对'],
    [lost, '上级没有这条记录', '', '请用 records resend 重新报送'],
    [late, '上级没有这条记录', '', '已超过报送时限'],
    [refused, '上级拒收', '', '处理后执行 records retry'],
    [here, '本地已隔离，上级计为入场', '', '请用 records quarantined 查看原因'],
    [there, '上级已隔离', '', '上级平台可能缺少该影院的公钥'],
    [undoneHere, '本地已撤销，上级计为入场', '', '请用 records undone 查看撤销的报送情况'],
    [undoneThere, '上级已撤销，本地计为入场', '', '请向上级平台了解原因'],
    [undelivered, '上级尚未继续上报', '', '请联系上级平台的管理员'],
    [stranger, '本地没有这条记录', '', '查明是否有他人在使用本账号'],
  ];
  expect(await page.getByRole('row').count()).toBe(1 + differing.length);
  for (const [{ filmTicketCode }, ...texts] of differing) {
    const shown = await row(filmTicketCode).textContent();
    for (const text of texts) expect(shown).toContain(text);
  }
  expect(await row(priced.filmTicketCode).textContent()).toContain('上级 46');

  // The same as files, opened and read back.
  const fileAfter = async (button: string) => {
    const coming = page.waitForEvent('download');
    await page.getByRole('button', { name: button }).click();
    const file = await coming;
    return { name: file.suggestedFilename(), bytes: await readFile(await file.path()) };
  };
  const sheet = await fileAfter('导出 XLSX');
  expect(sheet.name).toBe(`reconciliation-${day}.xlsx`);
  const [heads, ...rows] = await readSheet(sheet.bytes);
  const inSheet = rows.map((cells) => Object.fromEntries(cells.map((cell, n) => [heads?.[n], cell])));
  expect(inSheet).toHaveLength(differing.length);
  for (const [{ filmTicketCode, recordId, checkTime }, kind, difference, whatToDo] of differing) {
    expect(inSheet.find((cells) => cells.记录标识 === recordId)).toMatchObject({
      ...{ 差异: kind, 检票时间: checkTime, 影院编码: CINEMA, 电影票编码: filmTicketCode },
      ...{ 怎么办: expect.stringContaining(whatToDo) },
      ...(difference !== '' && { 不一致的内容: expect.stringContaining(difference) }),
    });
  }
  const { bytes } = await fileAfter('导出 CSV');
  const text = bytes.toString();
  expect(text).toMatch(/^\uFEFF差异,检票时间,/);
  expect(text.trimEnd().split('\r\n')).toHaveLength(1 + differing.length);
  const line = ['内容不一致', priced.checkTime, CINEMA, priced.filmTicketCode, before, '票价：本地 45.00，上级 46.00'];
  expect(text).toContain(`\r\n${line.join(',')},`);

  await page.goto(`${service.consoleUrl}/report?businessDate=${day}&by=film`);
  expect(await row('示例影片').first().textContent()).toContain('14');
  const download = page.waitForEvent('download');
  await page.goto(`${service.consoleUrl}/records?businessDate=${day}`);
  await page.getByRole('button', { name: '导出 CSV' }).click();
  const file = await download;
  expect(file.suggestedFilename()).toBe(`records-${day}.csv`);
  const lines = (await readFile(await file.path(), 'utf8')).trimEnd().split('\r\n');
  expect(lines).toHaveLength(1 + 14);
  expect(lines.filter((line) => line.includes(`,'=1+1,`))).toHaveLength(1);

  await page.goto(`${service.consoleUrl}/audit?name=report`);
  await row('report records').first().waitFor();
  expect(await row('rows').textContent()).toMatch(/li\.wei.*rows 14/);
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
