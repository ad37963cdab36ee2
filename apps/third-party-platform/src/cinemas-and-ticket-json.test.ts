// @module-tag service
import { APIS, padCode, writeETicket } from '@ticket-check/protocol';
import { describeEachEngine } from '@ticket-check/storage/testing';
import { expect, it } from 'vitest';
import { addOperator, logInAs } from './testing/console-browser.ts';
import { CINEMA, checkTicket, makeUkey, OTHER_CINEMA, sellTicket } from './testing/test-cinema.ts';
import { createSiteBehind, createTerminal, report } from './testing/test-platform.ts';

const ukey = makeUkey();

describeEachEngine('cinemas, keys and tickets on the console', ({ url }) => {
  it('are shown to operators of the cinema, and the national platform is asked only about its own cinemas', async () => {
    const behind = { url: await url(), cinemas: [CINEMA, OTHER_CINEMA] };
    const { national, site, sell } = await createSiteBehind(ukey, behind);
    national.keys.delete(OTHER_CINEMA);
    const service = await site.start();
    const terminal = createTerminal(await site.issue('terminal-1', CINEMA, service.url));
    await addOperator(site, 'anna', 'administrator');
    await addOperator(site, 'dora', 'supervisor', { cinemaCodes: [OTHER_CINEMA] });
    await addOperator(site, 'ushi', 'usher');
    const browserOf = async (username: string) => (await logInAs(service, site, username)).ask;
    const [anna, dora, ushi] = [await browserOf('anna'), await browserOf('dora'), await browserOf('ushi')];

    // Keys are fetched once the service listens.
    const isAttempted = ({ AttemptedAt }: { AttemptedAt: string | null }) => AttemptedAt !== null;
    await expect.poll(async () => (await anna('/cinemas.json')).body.Cinemas.every(isAttempted)).toBe(true);
    const [own, other] = (await anna('/cinemas.json')).body.Cinemas;
    const { fingerprint, startTime } = ukey.key;
    expect(own).toMatchObject({
      CinemaCode: CINEMA,
      Advice: [],
      Keys: [{ Fingerprint: fingerprint, StartTime: startTime }],
      FormerKeys: 0,
    });
    expect(other).toMatchObject({ CinemaCode: OTHER_CINEMA, Keys: [], Advice: [{ Code: 'never-came' }, {}] });
    const codes = async (ask: typeof anna, query = '') =>
      (await ask(`/cinemas.json${query}`)).body.Cinemas.map(({ CinemaCode }: { CinemaCode: string }) => CinemaCode);
    expect(await codes(anna, '?wrong=1')).toEqual([OTHER_CINEMA]);
    expect(await codes(anna, `?after="${CINEMA}"`)).toEqual([OTHER_CINEMA]);
    expect(await codes(dora)).toEqual([OTHER_CINEMA]);
    expect(await dora(`/cinemas.json?cinema=${CINEMA}`)).toMatchObject({ status: 403 });
    expect(await ushi('/cinemas.json')).toMatchObject({ status: 403 });
    expect(await anna('/cinemas.json?cinema=310')).toMatchObject({ status: 400, body: { error: 'bad-cinema' } });

    const ticket = sell();
    const named = `cinema=${CINEMA}&ticket=${ticket.info.filmTicketCode}&start=${ticket.info.startTime}`;
    const asked = await ushi(`/ticket.json?${named}`);
    expect(asked).toMatchObject({
      status: 200,
      body: { Findings: [], National: { Known: true, Ticket: { FilmName: '示例影片' } }, Claim: null, Entries: [] },
    });
    const [first, second] = [checkTicket(ticket, 1), checkTicket(ticket, 2)];
    expect(await report(terminal, [first, second])).toMatchObject({ kind: 'delivered' });
    const { body } = await ushi(`/ticket.json?ticket=${encodeURIComponent(ticket.code)}`);
    expect(body.Ticket).toEqual(asked.body.Ticket);
    // Whatever a guest or a colleague has in hand of it.
    const eTicket = writeETicket({ host: 'a.cn', code: ticket.code, time: 1, keyId: 'AAAAAAAAAAA' }, () =>
      Buffer.alloc(64),
    );
    for (const inHand of [eTicket, ticket.info.filmTicketCode, second.recordId, ` ${ticket.code}\r\n`]) {
      const found = await ushi(`/ticket.json?ticket=${encodeURIComponent(inHand)}`);
      expect(found.body.Ticket).toEqual(asked.body.Ticket);
      const records = await ushi(`/records.json?ticket=${encodeURIComponent(inHand)}`);
      expect(records.body.Records.map(({ RecordId }: { RecordId: string }) => RecordId)).toContain(second.recordId);
    }
    expect(body.Findings[0]).toMatchObject({ Code: 'double' });
    expect(body.Entries).toMatchObject([
      { RecordId: first.recordId, First: true, Username: 'terminal-1' },
      { RecordId: second.recordId, First: false },
    ]);
    expect(body.Claim).toMatchObject({ RecordId: first.recordId, HasRecord: true, ClaimPath: null });

    const questions = () => national.queries(APIS.getTicketInfo).length;
    const before = questions();
    const elsewhere = sellTicket(makeUkey());
    for (const [ask, query, status, error] of [
      [dora, named, 403, 'forbidden'],
      [dora, `ticket=${encodeURIComponent(ticket.code)}`, 403, 'forbidden'],
      // Not even whether it is genuine.
      [dora, `ticket=${encodeURIComponent(elsewhere.code)}`, 403, 'forbidden'],
      [dora, `ticket=${second.recordId}`, 403, 'forbidden'],
      [anna, `ticket=${encodeURIComponent(elsewhere.code)}`, 400, 'bad-code'],
      [anna, `ticket=${encodeURIComponent(ticket.code.slice(0, 32))}`, 400, 'no-ticket'],
      [anna, 'ticket=https://a.cn/t/abcdefghijklmnopqrstuvwx', 404, 'no-ticket-found'],
      [anna, named.replace(CINEMA, '44010101'), 404, 'cinema-not-served'],
      [anna, `cinema=${CINEMA}&ticket=1`, 404, 'which-session'],
      [anna, named.replace('start=2', 'start=9-'), 400, 'bad-start'],
    ] as const) {
      expect(await ask(`/ticket.json?${query}`)).toMatchObject({ status, body: { error } });
    }
    expect(questions()).toBe(before);
    expect(
      (await anna(`/ticket.json?${named.replace(/ticket=\d+/, `ticket=${padCode('99', 16)}`)}`)).body,
    ).toMatchObject({
      National: { Heard: true, Known: false },
      Findings: [{ Code: 'unknown' }],
    });

    await national.stop();
    const deaf = await anna(`/ticket.json?${named}`);
    expect(deaf.body).toMatchObject({ National: { Heard: false, Code: 'UPSTREAM_UNAVAILABLE' }, Entries: [{}, {}] });
  });
});
