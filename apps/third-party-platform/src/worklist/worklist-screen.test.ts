// @module-tag service
import { createRecordStore } from '@ticket-check/check-records';
import { addSeconds } from '@ticket-check/protocol';
import { describeSqlite } from '@ticket-check/storage/testing';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { followingEntries } from '../check-records/follow-records.ts';
import { addOperator, logInAs, withStore } from '../testing/console-browser.ts';
import { CINEMA, makeUkey, OTHER_CINEMA, receivedRecord } from '../testing/test-cinema.ts';
import { createSite } from '../testing/test-platform.ts';
import { FINDING_ROW } from './finding-row.ts';

const ukey = makeUkey();

describeSqlite('the worklist in the console', ({ url }) => {
  it('is read and noted by operators for their cinemas, and their notes are in the audit', async () => {
    const site = await createSite(await url());
    const service = await site.start();
    const [own, other] = [CINEMA, OTHER_CINEMA].map((cinemaCode) => {
      const first = receivedRecord(ukey, { cinemaCode });
      const { recordId } = receivedRecord(ukey);
      return [first, { ...first, recordId, checkTime: addSeconds(first.checkTime, 30) }];
    });
    await withStore(site, async (store) => {
      const records = createRecordStore(store, { inSameTransaction: followingEntries(store) });
      await records.keep([...own!, ...other!], { forward: true });
    });
    // As long as there is no operator, commands need none.
    expect(await site.lines('worklist', 'list')).toMatchObject([{ CinemaCode: CINEMA }, { CinemaCode: OTHER_CINEMA }]);
    const { startTime, filmTicketCode } = other![0]!;
    const named = ['--kind', 'DOUBLE', '--cinema', OTHER_CINEMA, '--ticket', filmTicketCode, '--start', startTime];
    expect(await site.command('worklist', 'note', ...named, '--outcome', ' ')).toMatchObject({ exitCode: 2 });
    expect(await site.command('worklist', 'note', ...named, '--outcome', 'two doors')).toMatchObject({ exitCode: 0 });
    expect((await site.command('worklist', 'list', '--noted')).stdout).toContain('two doors');

    await addOperator(site, 'anna', 'supervisor', { cinemaCodes: [CINEMA] });
    await addOperator(site, 'uma', 'usher');
    const logIn = async (username: string) => {
      const { ask, act } = await logInAs(service, site, username);
      const list = async (query = '') => {
        const { status, body } = await ask(`/worklist.json${query}`);
        return { status, ...body };
      };
      return {
        ask: list,
        file: async () => (await ask('/worklist.csv')).text,
        contract: () => ask('/openapi.json'),
        note: (sent: object) => act('/worklist/note', sent),
      };
    };
    const [anna, uma] = [await logIn('anna'), await logIn('uma')];
    const { Findings } = await anna.ask();
    // What the contract says of a row is what comes.
    expect(z.array(FINDING_ROW.strict()).parse(Findings)).toEqual(Findings);
    // Its file has the same, in the words and language of the reader, with what is of an entry in one cell.
    const file = await anna.file();
    expect(file).toMatch(/类型,影院编码,影院,.*,有效入场,处理结果/);
    expect(file).toContain(`"${own![0]!.recordId} ${own![0]!.checkTime} `);
    expect(file).not.toContain(OTHER_CINEMA);
    const contract = (await anna.contract()).body;
    expect(contract.paths['/worklist.json'].get).toMatchObject({
      summary: 'Worklist',
      'x-permission': 'records.read',
      parameters: [
        { name: 'state', schema: { enum: ['open', 'noted'], default: 'open' } },
        { name: 'kind', schema: { enum: ['DOUBLE', 'LATE_REFUND'] } },
        { name: 'cinema', schema: { type: 'string' } },
        { name: 'after' },
      ],
    });
    type Offered = { get?: { parameters: Record<string, string>[] } };
    const parameters = Object.values<Offered>(contract.paths).flatMap(({ get }) => get?.parameters ?? []);
    expect(parameters.filter((one) => !one.description || !one['x-description-zh'])).toEqual([]);
    expect(contract.paths['/worklist/note'].post).toMatchObject({ 'x-permission': 'records.resolve' });
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
    expect(await anna.note({ ...body, FilmTicketCode: '9'.repeat(16), reason: Outcome })).toMatchObject({
      status: 409,
      error: 'changed',
      message: expect.stringContaining('请刷新列表'),
    });
    expect((await anna.note({ ...body, reason: Outcome })).status).toBe(200);
    expect(await anna.note({ ...body, reason: Outcome })).toMatchObject({ status: 409, error: 'changed' });
    expect((await anna.ask()).Findings).toEqual([]);
    const kept = Outcome.trim().replaceAll(/\s+/g, ' ');
    expect((await anna.ask('?state=noted')).Findings).toMatchObject([{ Notes: [{ Outcome: kept, Operator: 'anna' }] }]);
    expect((await anna.ask(`?cinema=${OTHER_CINEMA}`)).status).toBe(403);
    for (const query of ['state=both', 'cinema=310', 'kind=x', 'after=[1]', 'after=rubbish']) {
      expect(await anna.ask(`?${query}`)).toMatchObject({ status: 400, error: expect.stringMatching(/^bad-/) });
    }

    const audited = (await site.lines('audit', 'list')).filter(({ Name }) => Name === 'worklist note');
    expect(audited).toMatchObject([
      { After: { outcome: 'two doors' } },
      { Actor: 'anna', Failed: true, What: { reason: 'changed' } },
      { Actor: 'anna', Failed: false, After: { outcome: kept } },
      { Actor: 'anna', Failed: true, What: { reason: 'changed' } },
    ]);
  });
});
