// @module-tag service
import { createRecordStore } from '@ticket-check/check-records';
import { addSeconds, parseRecordId, UNTOLD_ORIGIN } from '@ticket-check/protocol';
import { describeSqlite } from '@ticket-check/storage/testing';
import { expect, it } from 'vitest';
import { followingEntries } from '../check-records/follow-records.ts';
import { addOperator, createBrowser, withStore } from '../testing/console-browser.ts';
import { CINEMA, checkTicket, makeUkey, OTHER_CINEMA, sellTicket } from '../testing/test-cinema.ts';
import { createSite } from '../testing/test-platform.ts';

const ukey = makeUkey();

describeSqlite('the worklist in the console', ({ url }) => {
  it('is read and noted by operators for their cinemas, and their notes are in the audit', async () => {
    const site = await createSite(await url());
    const service = await site.start();
    const [own, other] = [CINEMA, OTHER_CINEMA].map((cinema, n) => {
      const kept = { account: 'terminal-1', ...UNTOLD_ORIGIN, quarantine: null, differences: [] };
      const first = checkTicket(sellTicket(ukey, cinema));
      const recordId = parseRecordId(`019a0000-0000-7000-9300-00000000000${n}`);
      const again = { ...first, recordId, checkTime: addSeconds(first.checkTime, 30) };
      return [first, again].map((record) => ({ ...record, ...kept, receivedAt: record.checkTime }));
    });
    await withStore(site, async (store) => {
      const records = createRecordStore(store, { inSameTransaction: followingEntries(store) });
      await records.keep([...own!, ...other!], { forward: true });
    });
    // As long as there is no operator, commands need none.
    const [mine = '', theirs = ''] = (await site.command('worklist', 'list')).stdout.trim().split('\n');
    expect([mine, theirs].map((line) => JSON.parse(line).CinemaCode)).toEqual([CINEMA, OTHER_CINEMA]);
    const { startTime, filmTicketCode } = other![0]!;
    const named = ['--kind', 'DOUBLE', '--cinema', OTHER_CINEMA, '--ticket', filmTicketCode, '--start', startTime];
    expect(await site.command('worklist', 'note', ...named, '--outcome', ' ')).toMatchObject({ exitCode: 2 });
    expect(await site.command('worklist', 'note', ...named, '--outcome', 'two doors')).toMatchObject({ exitCode: 0 });
    expect((await site.command('worklist', 'list', '--noted')).stdout).toContain('two doors');

    await addOperator(site, 'anna', 'supervisor', { cinemaCodes: [CINEMA] });
    await addOperator(site, 'uma', 'usher');
    const logIn = async (username: string) => {
      const browser = await createBrowser(service, site);
      await browser.logIn(username);
      const { Csrf } = JSON.parse((await browser.ask('/console.json')).text);
      const ask = async (query = '') => {
        const { status, text } = await browser.ask(`/worklist.json${query}`);
        return { status, ...JSON.parse(text) };
      };
      const note = async (body: object) => {
        const headers = { 'content-type': 'application/json', 'x-csrf-token': Csrf };
        const { status, text } = await browser.post('/worklist/note', JSON.stringify(body), headers);
        return { status, ...JSON.parse(text) };
      };
      return { ask, note };
    };
    const [anna, uma] = [await logIn('anna'), await logIn('uma')];
    const { Findings } = await anna.ask();
    expect(Findings).toMatchObject([{ Kind: 'DOUBLE', CinemaCode: CINEMA, NotedAt: null, Entries: [{}, {}] }]);
    expect((await uma.ask()).Findings).toHaveLength(1);
    expect((await uma.ask('?state=noted')).Findings).toMatchObject([{ CinemaCode: OTHER_CINEMA }]);
    expect((await anna.ask('?state=noted')).Findings).toEqual([]);
    const { Kind, CinemaCode, FilmTicketCode, StartTime, NotedAt } = Findings[0];
    const body = { Kind, CinemaCode, FilmTicketCode, StartTime, NotedAt };
    const Outcome = ` <script>alert(1)</script> '; drop table finding; --\n =1+1 `;
    expect(await uma.note({ ...body, reason: Outcome })).toEqual({ status: 403, error: 'forbidden' });
    expect(await anna.note({ ...body, CinemaCode: OTHER_CINEMA, reason: Outcome })).toEqual({
      status: 403,
      error: 'forbidden',
    });
    for (const bad of ['', ' \n', 'x'.repeat(501)]) {
      expect(await anna.note({ ...body, reason: bad })).toEqual({ status: 400, error: 'reason-missing-or-too-long' });
    }
    expect(await anna.note({ ...body, StartTime: 'yesterday', reason: Outcome })).toEqual({
      status: 400,
      error: 'bad-input',
    });
    expect(await anna.note({ ...body, FilmTicketCode: '9'.repeat(16), reason: Outcome })).toEqual({
      status: 404,
      error: 'unknown',
    });
    expect((await anna.note({ ...body, reason: Outcome })).status).toBe(200);
    expect(await anna.note({ ...body, reason: Outcome })).toEqual({ status: 409, error: 'changed' });
    expect((await anna.ask()).Findings).toEqual([]);
    const kept = Outcome.trim().replaceAll(/\s+/g, ' ');
    expect((await anna.ask('?state=noted')).Findings).toMatchObject([{ Notes: [{ Outcome: kept, Operator: 'anna' }] }]);
    expect((await anna.ask(`?cinema=${OTHER_CINEMA}`)).status).toBe(403);
    for (const query of ['state=both', 'cinema=310', 'kind=x', 'after=[1]', 'after=rubbish']) {
      expect(await anna.ask(`?${query}`)).toEqual({ status: 400, error: 'bad-input' });
    }

    const audited = (await site.command('audit', 'list')).stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
      .filter(({ Name }) => Name === 'worklist note');
    expect(audited).toMatchObject([
      { After: { outcome: 'two doors' } },
      { Actor: 'anna', Failed: true, What: { reason: 'unknown' } },
      { Actor: 'anna', Failed: false, After: { outcome: kept } },
      { Actor: 'anna', Failed: true, What: { reason: 'changed' } },
    ]);
  });
});
