// @module-tag service
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CA_FILE } from '@ticket-check/exchange';
import { postRaw } from '@ticket-check/exchange/testing';
import { describeSqlite } from '@ticket-check/storage/testing';
import { expect, it } from 'vitest';
import { addOperator, createBrowser, withStore } from '../testing/console-browser.ts';
import { CINEMA, claimFor, OTHER_CINEMA } from '../testing/test-cinema.ts';
import { createSite, ending } from '../testing/test-platform.ts';
import { createClaimStore } from './claim-store.ts';

const UNTIL = new Date(Date.now() + 30 * 86_400_000).toISOString().slice(0, 10);

describeSqlite('open claims as JSON', ({ url }) => {
  it('are read by machines with a token of the right scope, and by operators for their cinemas', async () => {
    const site = await createSite(await url());
    const service = await site.start();
    const ca = await readFile(join(site.directory, CA_FILE), 'utf8');
    const [own, foreign] = [claimFor('terminal-1', CINEMA), claimFor('terminal-1', OTHER_CINEMA)];
    await withStore(site, async (store) => {
      for (const claim of [own, foreign]) await createClaimStore(store, Date.now).claim(claim);
    });
    const add = async (...options: string[]) =>
      JSON.parse((await site.command('token', 'add', ...options, '--until', UNTIL)).stdout).Token as string;
    const all = await add('all', '--permissions', 'claims.read', '--all-cinemas');
    const limited = await add('limited', '--permissions', 'claims.read', '--cinemas', CINEMA);
    const auditor = await add('auditor', '--permissions', 'audit.read', '--all-cinemas');
    const ask = async (token: string, path = '/claims.json', method = 'GET') => {
      const headers = { authorization: `Bearer ${token}` };
      const { status, text, headers: replied } = await postRaw(service.consoleUrl + path, '', { ca, method, headers });
      return { status, challenge: replied['www-authenticate'], body: text.startsWith('{') ? JSON.parse(text) : null };
    };
    const tickets = ({ body }: { body: { Claims: { FilmTicketCode: string }[] } }) =>
      body.Claims.map(({ FilmTicketCode }) => FilmTicketCode).sort();
    expect(tickets(await ask(all))).toEqual([own, foreign].map(({ filmTicketCode }) => filmTicketCode).sort());
    expect(await ask(all)).toMatchObject({ status: 200, body: { Next: null } });
    expect(tickets(await ask(limited))).toEqual([own.filmTicketCode]);
    expect(await ask(limited, `/claims.json?cinema=${OTHER_CINEMA}`)).toMatchObject({
      status: 403,
      body: { error: 'forbidden' },
    });
    expect(await ask(auditor)).toMatchObject({ status: 403 });
    for (const wrong of ['x', `tct_${'x'.repeat(43)}`]) {
      expect(await ask(wrong)).toMatchObject({ status: 401, challenge: 'Bearer', body: { error: 'unauthorized' } });
    }
    for (const [query, error] of [
      ['cinema=310', 'bad-cinema'],
      ['q=%00', 'bad-input'],
      ['after=rubbish', 'bad-input'],
    ]) {
      expect(await ask(all, `/claims.json?${query}`)).toMatchObject({ status: 400, body: { error } });
    }
    // A token reads what is offered as JSON, and nothing else.
    for (const path of ['/claims', '/account', '/operators']) expect((await ask(all, path)).status).toBe(303);
    expect((await ask(all, '/claims/release', 'POST')).status).toBe(401);

    await addOperator(site, 'anna', 'supervisor', { cinemaCodes: [OTHER_CINEMA] });
    const anna = await createBrowser(service, site);
    expect((await anna.ask('/claims.json')).status).toBe(401);
    await anna.logIn('anna');
    const shown = await anna.ask('/claims.json');
    expect(tickets({ body: JSON.parse(shown.text) })).toEqual([foreign.filmTicketCode]);

    expect(await site.command('token', 'revoke', 'all', '--yes')).toMatchObject({ exitCode: 0 });
    expect((await ask(all)).status).toBe(401);
    expect(await site.lines('token', 'list')).toMatchObject([
      { Name: 'all', CinemaCodes: ['*'], RevokedAt: expect.any(String), UsedAt: expect.any(String) },
      { Name: 'auditor', Permissions: ['audit.read'], RevokedAt: null },
      { Name: 'limited', CinemaCodes: [CINEMA] },
    ]);
    const audited = (await site.command('audit', 'list')).stdout;
    expect(audited).toContain('token revoke');
    for (const token of [all, limited]) expect(audited).not.toContain(token);
    const other = ['token', 'add', 'other', '--until', UNTIL, '--permissions'];
    expect(await site.command(...other, 'claims.read')).toMatchObject(
      ending(2, 'give either --cinemas or --all-cinemas'),
    );
    expect(await site.command(...other, 'everything', '--all-cinemas')).toMatchObject(
      ending(2, 'It names no permission: records.read, '),
    );
  });
});
