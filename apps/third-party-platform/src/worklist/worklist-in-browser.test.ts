// @module-tag process
import { createRecordStore, type ReceivedRecord } from '@ticket-check/check-records';
import { buildConsoles } from '@ticket-check/console/build';
import { addSeconds, wallClockAt } from '@ticket-check/protocol';
import { describeSqlite } from '@ticket-check/storage/testing';
import { beforeAll, expect, it } from 'vitest';
import { followingEntries } from '../check-records/follow-records.ts';
import { openScreen } from '../testing/chromium.ts';
import { addOperator, withStore } from '../testing/console-browser.ts';
import { makeUkey, receivedRecord } from '../testing/test-cinema.ts';
import { createSite } from '../testing/test-platform.ts';

// Not of the time that a test may take.
beforeAll(buildConsoles);

const ukey = makeUkey();

describeSqlite('the worklist in a browser', ({ url }) => {
  it('shows a double as it is found, takes its outcome, and lists it as noted; refused records show by themselves and are sent again on demand', {
    timeout: 120_000,
  }, async () => {
    const site = await createSite(await url());
    const service = await site.start();
    const [first, other] = [receivedRecord(ukey), receivedRecord(ukey)];
    /** A second entry with a ticket. */
    const again = ({ checkTime, ...record }: ReceivedRecord): ReceivedRecord => ({
      ...{ ...record, checkTime: addSeconds(checkTime, 30), overriddenVerdict: 'ALREADY_ENTERED' },
      recordId: receivedRecord(ukey).recordId,
    });
    const second = again(first);
    const keep = (...records: ReceivedRecord[]) =>
      withStore(site, (store) =>
        createRecordStore(store, { inSameTransaction: followingEntries(store) }).keep(records, { forward: true }),
      );
    await keep(first, second);
    await addOperator(site, 'anna', 'supervisor');

    const page = await openScreen(service, '/worklist', 'anna');
    const row = page.getByRole('row').filter({ hasText: first.filmTicketCode });
    await row.getByText('重复入场').waitFor();
    expect(await row.textContent()).toContain('8 排 9 座');
    // The list shows that one of the two was a person's decision.
    expect(await row.getByText('人工放行（原判定：此票已入场）').count()).toBe(1);
    await row.getByRole('button', { name: '记录结果' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('处理结果').fill('一家人 <b>用同一张票</b>');
    // Another one comes meanwhile: nobody loads the page again, and what is being written stays.
    await keep(other, again(other));
    const otherRow = page.locator('tr').filter({ hasText: other.filmTicketCode });
    await otherRow.getByText('重复入场').waitFor();
    expect(await dialog.getByLabel('处理结果').inputValue()).toBe('一家人 <b>用同一张票</b>');
    await dialog.getByRole('button', { name: '记录结果' }).click();
    await page.locator('tr').filter({ hasText: first.filmTicketCode }).waitFor({ state: 'detached' });
    expect(await otherRow.count()).toBe(1);
    await page.goto(`${service.consoleUrl}/worklist?state=noted`);
    await row.getByText('一家人 <b>用同一张票</b>').waitFor();
    expect(await row.textContent()).toContain('anna');

    await page.goto(`${service.consoleUrl}/outbox`);
    await page.getByText('实时更新').waitFor();
    await withStore(site, async (store) => {
      const refused = { record: second, revision: 0, errorCode: 'INVALID_PRICE', errorMessage: 'the price is wrong' };
      const now = wallClockAt(Date.now());
      await createRecordStore(store).outbox.park([refused], now, addSeconds(now, 3600));
    });
    await page.getByRole('row').filter({ hasText: 'INVALID_PRICE' }).getByText('the price is wrong').waitFor();
    await page.getByRole('button', { name: '立即重试' }).click();
    await page.getByRole('dialog').getByRole('button', { name: '立即重试' }).click();
    await page.getByText('已安排重新报送 1 条记录').waitFor();
  });
});
