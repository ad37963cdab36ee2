// @module-tag service
import { addDays, businessDate, type CheckRecord } from '@ticket-check/protocol';
import { describeSqlite } from '@ticket-check/storage/testing';
import { expect, test } from 'vitest';
import { addOperator, createBrowser, logInAs, withStore } from '../testing/console-browser.ts';
import { CINEMA, checkTicket, makeUkey, OTHER_CINEMA } from '../testing/test-cinema.ts';
import { report, startBehind } from '../testing/test-platform.ts';

const ukey = makeUkey();

describeSqlite('check records on the console', ({ url }) => {
  test('are shown to operators of their cinemas, and compared with the national platform on request', async () => {
    const behind = { url: await url(), cinemas: [CINEMA, OTHER_CINEMA] };
    const { national, site, service, terminal, sell } = await startBehind(ukey, behind);
    const tickets = [CINEMA, CINEMA, CINEMA, OTHER_CINEMA].map((cinemaCode) => sell({ cinemaCode }));
    const records = tickets.map((ticket, n) => checkTicket(ticket, n)) as [
      CheckRecord,
      CheckRecord,
      CheckRecord,
      CheckRecord,
    ];
    await report(terminal, records.slice(0, 3));
    await report(terminal, records.slice(3));
    await national.received(4);
    await untilDelivered();
    const [priced, _lost, fine, other] = records;
    const day = businessDate(priced.checkTime);

    await addOperator(site, 'anna', 'administrator');
    await addOperator(site, 'otto', 'usher', { cinemaCodes: [OTHER_CINEMA] });
    const browserOf = async (username: string) => (await logInAs(service, site, username)).ask;
    const [anna, otto] = [await browserOf('anna'), await browserOf('otto')];

    // Whatever may be asked, and however it is asked for, otto sees nothing of the other cinema.
    const answers = ['/records', '/report', '/completeness', '/reconciliation'].map((path) => `${path}.json`);
    const files = ['/records.csv', '/records.xlsx', '/report.csv', '/report.xlsx', '/reconciliation.csv'];
    for (const path of [...answers, ...files]) {
      const shown = await otto(path);
      expect(shown.status, path).toBe(200);
      expect(shown.text, path).not.toContain(CINEMA);
      expect(shown.text, path).not.toContain(fine.filmTicketCode);
      expect(await otto(`${path}?cinema=${CINEMA}`), path).toMatchObject({
        status: 403,
        text: '{"error":"forbidden"}',
      });
      expect((await (await createBrowser(service, site)).ask(path)).status, path).toBe(401);
    }
    expect(await otto(`/record.json?id=${fine.recordId}`)).toMatchObject({ status: 404 });
    expect((await otto('/records.json')).body.Records).toMatchObject([{ RecordId: other.recordId }]);
    expect((await anna('/records.json')).body.Records).toHaveLength(4);
    const csv = await anna(`/records.csv?businessDate=${day}&cinema=${CINEMA}`);
    expect(csv.headers['content-disposition']).toBe(`attachment; filename="records-${day}.csv"`);
    expect(csv.text).toContain(fine.filmTicketCode);
    const audited = (await anna('/audit.json?name=report')).body.Entries;
    expect(JSON.parse(audited[0].Line)).toMatchObject({ Actor: 'anna', What: { rows: 3 }, Of: expect.any(String) });

    national.records = [{ ...priced, price: 4600 as CheckRecord['price'] }, fine, other];
    const compared = (await anna(`/reconciliation.json?businessDate=${day}`)).body;
    expect(compared).toMatchObject({ Differing: 2, Failed: 0, Findings: [{ Kind: 'differs' }, {}], Cinemas: [{}, {}] });
    const file = (await anna(`/reconciliation.csv?businessDate=${day}`)).text.trimEnd().split('\r\n');
    expect(file).toHaveLength(1 + 2);
    expect(file[0]).toMatch(/^\uFEFF?差异,检票时间,影院编码,影院,电影票编码,/);
    const line = [
      '内容不一致',
      priced.checkTime,
      CINEMA,
      '',
      priced.filmTicketCode,
      priced.startTime,
      '票价：本地 45.00，上级 46.00',
    ];
    expect(file).toContainEqual(expect.stringContaining(`${line.join(',')},`));
    const reconciled = (await anna('/audit.json?name=reconcile')).body.Entries.map(({ Line }: { Line: string }) =>
      JSON.parse(Line),
    );
    const asked = { businessDate: day, cinemaCodes: 'all', all: false, format: 'json' };
    expect(reconciled.slice(2, 4)).toMatchObject([
      { Actor: 'anna', Failed: false, Of: expect.any(String), What: { rows: 2, differing: 2, failed: 0 } },
      { Actor: 'anna', Of: null, What: asked },
    ]);

    const since = addDays(day, -6);
    const week = (await anna(`/reconciliation.json?businessDate=${since}&until=${day}`)).body;
    expect(week).toMatchObject({ Differing: 2, Failed: 0, Findings: [{}, {}], Records: compared.Records });
    const [last] = (await anna('/reconciliation/last.json')).body.Reconciled;
    expect(last).toMatchObject({ BusinessDate: since, LastBusinessDate: day, Differing: 2 });
    await national.stop();
    const unknown = (await anna(`/reconciliation.json?businessDate=${since}&until=${day}`)).body;
    expect(unknown).toMatchObject({ Failed: 2, Records: compared.Records });

    /** The national platform has what the outbox may not know of yet. */
    async function untilDelivered(): Promise<void> {
      for (;;) {
        const left = await withStore(site, ({ db }) => db.selectFrom('outbox').select('recordId').execute());
        if (left.length === 0) return;
      }
    }
  });
});
