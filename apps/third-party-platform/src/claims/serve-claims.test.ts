// @module-tag service
import { userInfo } from 'node:os';
import type { CinemaCode } from '@ticket-check/protocol';
import { describeSqlite } from '@ticket-check/storage/testing';
import { expect, it } from 'vitest';
import { addOperator, logInAs, OWN, operationsOf, withStore } from '../testing/console-browser.ts';
import { CINEMA, claimFor, OTHER_CINEMA } from '../testing/test-cinema.ts';
import { createSite } from '../testing/test-platform.ts';
import { CLAIM_ROW, type ClaimRow } from './claim-row.ts';
import { type ClaimRequest, createClaimStore } from './claim-store.ts';

const HTML = '<script>alert("1")</script>\'&amp;';

describeSqlite('open claims in the console', ({ url }) => {
  async function setUp() {
    const site = await createSite(await url());
    const service = await site.start();
    const claim = async (...requests: ClaimRequest[]) => {
      await withStore(site, async (store) => {
        const claims = createClaimStore(store, Date.now);
        for (const request of requests) await claims.claim(request);
      });
    };
    const operations = async () => (await operationsOf(site)).filter(({ name }) => name === 'claims release');
    return { site, claim, operations, logIn: (username: string) => logIn(service, site, username) };
  }

  async function logIn(service: Parameters<typeof logInAs>[0], site: Parameters<typeof logInAs>[1], username: string) {
    const { ask, act } = await logInAs(service, site, username);
    const list = (query: Record<string, string> = {}) => ask(`/claims.json?${new URLSearchParams(query)}`);
    return {
      list,
      async found(query: Record<string, string> = {}) {
        const rows: ClaimRow[] = (await list(query)).body.Claims;
        return rows.map((row) => CLAIM_ROW.strict().parse(row).FilmTicketCode).sort();
      },
      release: ({ cinemaCode, filmTicketCode, startTime, recordId }: ClaimRequest, reason: string, password = OWN) =>
        act('/claims/release', {
          ...{ CinemaCode: cinemaCode, FilmTicketCode: filmTicketCode, StartTime: startTime, RecordId: recordId },
          ...{ reason, password },
        }),
    };
  }

  const codesOf = (...claims: ClaimRequest[]) => claims.map(({ filmTicketCode }) => filmTicketCode).sort();

  it('are found by ticket, RecordId, account and cinema', async () => {
    const { site, logIn, claim } = await setUp();
    await addOperator(site, 'anna', 'supervisor');
    const [one, two, there] = [claimFor('terminal-1'), claimFor('terminal-2'), claimFor('terminal-1', OTHER_CINEMA)];
    await claim(one, two, there);
    const { list, found } = await logIn('anna');
    expect(await found()).toEqual(codesOf(one, two, there));
    expect(await found({ q: one.filmTicketCode })).toEqual(codesOf(one));
    expect(await found({ q: ` ${one.filmTicketCode.replace(/0+$/, '')} ` })).toEqual(codesOf(one));
    expect(await found({ q: two.recordId.toUpperCase() })).toEqual(codesOf(two));
    expect((await list({ q: 'terminal-2' })).body.Claims).toMatchObject([{ Username: 'terminal-2', Gate: two.gate }]);
    expect(await found({ q: `https://a.cn/${'x'.repeat(300)}` })).toEqual([]);
    expect(await found({ q: 'terminal-1' })).toEqual(codesOf(one, there));
    expect(await found({ q: 'terminal-1', cinema: OTHER_CINEMA })).toEqual(codesOf(there));
    for (const q of ["' or 1=1 --", HTML, '%', '_', 'x'.repeat(300)]) expect(await found({ q })).toEqual([]);
  });

  it('are released with a reason and the password, and who did it is kept beside what commands did', async () => {
    const { site, logIn, claim, operations } = await setUp();
    await addOperator(site, 'anna', 'supervisor');
    await addOperator(site, 'uma', 'auditor');
    const [one, two] = [claimFor(), claimFor()];
    await claim(one, two);
    const { found, release } = await logIn('anna');
    const missing = { status: 400, error: 'reason-missing-or-too-long' };
    expect(await release(one, ' \n ')).toEqual(missing);
    expect(await release(one, 'x'.repeat(501))).toEqual(missing);
    // A browser that was left open releases nothing.
    expect(await release(one, HTML, 'not my password')).toMatchObject({ status: 403, error: 'wrong-password' });
    const uma = await logIn('uma');
    expect(await uma.found()).toEqual(codesOf(one, two));
    expect(await uma.release(one, HTML)).toEqual({ status: 403, error: 'forbidden' });
    expect(await operations()).toEqual([]);

    expect(await release(one, `gate 3\r\n ${HTML}`)).toMatchObject({ status: 200 });
    expect(await release(two, 'the same')).toMatchObject({ status: 200 });
    expect(await release(one, 'again')).toMatchObject({ status: 410, message: expect.stringContaining('未做更改') });
    expect(await found()).toEqual([]);

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

  it('are shown and released only for the operator’s own cinemas, whatever is sent', async () => {
    const { site, logIn, claim, operations } = await setUp();
    await addOperator(site, 'anna', 'supervisor', { cinemaCodes: [CINEMA] });
    await addOperator(site, 'nobody', 'supervisor', { cinemaCodes: ['99999999' as CinemaCode] });
    const [own, other] = [claimFor('terminal-1', CINEMA), claimFor('terminal-1', OTHER_CINEMA)];
    await claim(own, other);
    const { list, found, release } = await logIn('anna');
    expect(await found()).toEqual(codesOf(own));
    expect(await found({ q: other.recordId })).toEqual([]);
    expect(await list({ cinema: OTHER_CINEMA })).toMatchObject({ status: 403 });
    expect(await release(other, 'not mine')).toEqual({ status: 403, error: 'forbidden' });
    // The cinema of another ticket does not help.
    expect(await release({ ...other, cinemaCode: CINEMA }, 'not mine')).toMatchObject({ status: 410 });
    expect(await (await logIn('nobody')).found()).toEqual([]);
    expect(await operations()).toEqual([]);
    expect(await release(own, 'mine')).toMatchObject({ status: 200 });
  });
});
