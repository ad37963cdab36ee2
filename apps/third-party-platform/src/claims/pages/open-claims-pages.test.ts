// @module-tag service
import { userInfo } from 'node:os';
import type { CinemaCode } from '@ticket-check/protocol';
import { describeSqlite } from '@ticket-check/storage/testing';
import { expect, it } from 'vitest';
import {
  addOperator,
  type Browser,
  type BrowserPage,
  createBrowser,
  csrfIn,
  OWN,
  operationsOf,
  showing,
  withStore,
} from '../../testing/console-browser.ts';
import { CINEMA, claimFor, OTHER_CINEMA } from '../../testing/test-cinema.ts';
import { createSite } from '../../testing/test-platform.ts';
import { type ClaimRequest, createClaimStore } from '../claim-store.ts';

const HTML = '<script>alert("1")</script>\'&amp;';

describeSqlite('the page of open claims', ({ url }) => {
  async function setUp() {
    const site = await createSite(await url());
    const service = await site.start();
    const browserOf = async (username: string, address?: string) => {
      const browser = await createBrowser(service, site, address);
      await browser.logIn(username);
      return browser;
    };
    const claim = async (...requests: ClaimRequest[]) => {
      await withStore(site, async (store) => {
        const claims = createClaimStore(store, Date.now);
        for (const request of requests) await claims.claim(request);
      });
    };
    const operations = async () => (await operationsOf(site)).filter(({ name }) => name === 'claims release');
    return { site, service, browserOf, claim, operations };
  }

  const pathOf = ({ cinemaCode, filmTicketCode, startTime, recordId }: ClaimRequest) =>
    `/claims/release?${new URLSearchParams({ cinema: cinemaCode, ticket: filmTicketCode, start: startTime, record: recordId })}`;
  const release = async (
    browser: Browser,
    claim: ClaimRequest,
    reason: string,
    current = OWN,
  ): Promise<BrowserPage> => {
    const path = pathOf(claim);
    return browser.send(await browser.open(path), path, { reason, current });
  };
  const ticketsIn = ({ text }: BrowserPage) =>
    [...text.matchAll(/<td data-head="电影票编码">([^<]+)/g)].map(([, code]) => code);

  it('lists what a supervisor needs, found by ticket, RecordId, account and cinema', async () => {
    const { site, browserOf, claim } = await setUp();
    await addOperator(site, 'anna', 'supervisor');
    const [one, two, there] = [claimFor('terminal-1'), claimFor('terminal-2'), claimFor('terminal-1', OTHER_CINEMA)];
    await claim(one, two, there);
    const browser = await browserOf('anna');
    const list = await browser.open('/claims');
    expect(list.status).toBe(200);
    expect(ticketsIn(list).sort()).toEqual([one, two, there].map(({ filmTicketCode }) => filmTicketCode).sort());
    for (const shown of [one.startTime.replace('T', ' '), one.cinemaCode, one.gate, 'terminal-2']) {
      expect(list.text).toContain(shown);
    }
    const found = async (query: Record<string, string>) =>
      ticketsIn(await browser.open(`/claims?${new URLSearchParams(query)}`));
    expect(await found({ q: one.filmTicketCode })).toEqual([one.filmTicketCode]);
    expect(await found({ q: ` ${one.filmTicketCode.replace(/0+$/, '')} ` })).toEqual([one.filmTicketCode]);
    expect(await found({ q: two.recordId.toUpperCase() })).toEqual([two.filmTicketCode]);
    expect(await found({ q: `https://a.cn/${'x'.repeat(300)}` })).toEqual([]);
    expect((await found({ q: 'terminal-1' })).sort()).toEqual([one.filmTicketCode, there.filmTicketCode].sort());
    expect(await found({ q: 'terminal-1', cinema: OTHER_CINEMA })).toEqual([there.filmTicketCode]);
    // It says how old it is, and the same is asked again by a link.
    const narrowed = await browser.open(`/claims?q=terminal-1&cinema=${OTHER_CINEMA}`);
    const [, again = ''] =
      /<span data-part="as-of">\d{4}-\d\d-\d\d [\d:]{8} 的情况<\/span>\s*<a href="([^"]+)">刷新/.exec(narrowed.text) ??
      [];
    expect(ticketsIn(await browser.open(again.replaceAll('&amp;', '&')))).toEqual([there.filmTicketCode]);
    for (const q of ["' or 1=1 --", HTML, '%', '_', 'x'.repeat(300)]) expect(await found({ q })).toEqual([]);
    expect(await browser.open('/claims?cinema=310')).toMatchObject({ status: 400 });
    expect(await browser.open('/claims?q=%00')).toMatchObject({ status: 400 });
    expect(await browser.open('/claims?after=rubbish')).toMatchObject({ status: 400 });
  });

  it('offers nothing to do to those who only may look', async () => {
    const { site, browserOf, claim } = await setUp();
    for (const role of ['supervisor', 'auditor'] as const) await addOperator(site, role, role);
    const one = claimFor();
    await claim(one);
    for (const [role, mayRelease] of [
      ['supervisor', true],
      ['auditor', false],
    ] as const) {
      const list = await (await browserOf(role)).open('/claims');
      expect(ticketsIn(list)).toEqual([one.filmTicketCode]);
      expect(list.text.includes('/claims/release?')).toBe(mayRelease);
      expect(list.text.includes('>操作</th>')).toBe(mayRelease);
      expect(list.text.includes('class="do"')).toBe(mayRelease);
    }
  });

  it('releases a claim with a reason, and keeps who did it beside what commands did', async () => {
    const { site, browserOf, claim, operations } = await setUp();
    await addOperator(site, 'anna', 'supervisor');
    const [one, two] = [claimFor(), claimFor()];
    await claim(one, two);
    const browser = await browserOf('anna');
    const confirmation = await browser.open(pathOf(one));
    expect(confirmation.text).toContain('未确认');
    const missing = await release(browser, one, ' \n ');
    expect(missing).toMatchObject(showing(400, '请写明原因'));
    expect(await release(browser, one, 'x'.repeat(501))).toMatchObject({ status: 400 });
    // A browser that was left open releases nothing.
    const open = await release(browser, one, HTML, 'not my password');
    expect(open.status).toBe(403);
    expect(open.text).toContain('&lt;script&gt;');
    expect(await operations()).toEqual([]);

    const done = await release(browser, one, `gate 3\r\n ${HTML}`);
    expect(done).toMatchObject(showing(200, '占票已归还'));
    expect(done.text).not.toContain('<script');
    const again = await release(browser, two, 'the same').then(() => browser.open(pathOf(one)));
    expect(again).toMatchObject(showing(410, '未做更改'));
    expect((await browser.open('/claims')).text).toContain('没有未归还的占票');

    const [operation] = await operations();
    const { objection: _, ...claimed } = one;
    expect(operation).toMatchObject({
      actor: 'anna',
      failed: 0,
      of: null,
      from: '127.0.0.1',
      what: { reason: `gate 3 ${HTML}`, released: [claimed] },
    });
    const releases = (await site.lines('audit', 'list')).filter(({ Name }) => Name === 'claims release');
    expect(releases).toMatchObject([{ Actor: 'anna' }, { Actor: 'anna' }]);
    expect(userInfo().username).not.toBe('anna');
  });

  it('escapes what terminals and operators sent, wherever it is shown', async () => {
    const { site, browserOf, claim } = await setUp();
    await addOperator(site, 'anna', 'supervisor');
    const one = { ...claimFor(HTML), gate: HTML };
    await claim(one);
    const browser = await browserOf('anna');
    const pages = [
      await browser.open('/claims'),
      await browser.open(`/claims?${new URLSearchParams({ q: HTML, cinema: OTHER_CINEMA })}`),
      await browser.open(`/claims?${new URLSearchParams({ q: HTML })}`),
      await browser.open(pathOf(one)),
      await browser.open(pathOf({ ...one, filmTicketCode: HTML as ClaimRequest['filmTicketCode'] })),
      await release(browser, one, HTML),
    ];
    for (const { text } of pages) {
      expect(text).not.toContain('<script>');
      expect(text).not.toMatch(/>\s*undefined|="undefined"|\[object/);
    }
    expect(pages[0]!.text).toContain('&lt;script&gt;');
  });

  it('shows and releases only claims of the operator’s own cinemas, whatever the address says', async () => {
    const { site, browserOf, claim, operations } = await setUp();
    await addOperator(site, 'anna', 'supervisor', { cinemaCodes: [CINEMA] });
    await addOperator(site, 'nobody', 'supervisor', { cinemaCodes: ['99999999' as CinemaCode] });
    const [own, other] = [claimFor('terminal-1', CINEMA), claimFor('terminal-1', OTHER_CINEMA)];
    await claim(own, other);
    const browser = await browserOf('anna');
    const list = await browser.open('/claims');
    expect(ticketsIn(list)).toEqual([own.filmTicketCode]);
    expect(ticketsIn(await browser.open(`/claims?q=${other.recordId}`))).toEqual([]);
    expect(await browser.open(`/claims?cinema=${OTHER_CINEMA}`)).toMatchObject({ status: 403 });
    expect(await browser.open(pathOf(other))).toMatchObject({ status: 403 });
    const token = csrfIn(list);
    const form = new URLSearchParams({ _csrf: token, reason: 'not mine' }).toString();
    expect(await browser.post(pathOf(other), form)).toMatchObject({ status: 403 });
    // The cinema of another ticket does not help.
    const disguised = pathOf({ ...other, cinemaCode: CINEMA });
    expect(await browser.post(disguised, form)).toMatchObject({ status: 410 });
    expect(ticketsIn(await (await browserOf('nobody')).open('/claims'))).toEqual([]);
    expect(await operations()).toEqual([]);
    expect(await release(browser, own, 'mine')).toMatchObject({ status: 200 });
  });
});
