// @module-tag service
import { describeSqlite } from '@ticket-check/storage/testing';
import { expect, test } from 'vitest';
import { CINEMA, checkTicket, incomplete, makeUkey, sellTicket } from '../testing/test-cinema.ts';
import { ask, createTerminal, report, startBehind } from '../testing/test-platform.ts';

const ukey = makeUkey();
const delivered = { kind: 'delivered', reply: { result: true, rejected: [], quarantined: [] } };

describeSqlite('check records on their way', ({ url }) => {
  async function setUp(kind: 'extended' | 'plain' = 'extended', settings: Record<string, string> = {}) {
    const started = await startBehind(ukey, { url: await url(), kind, settings });
    const { national } = started;
    const received = (count: number) => national.until(() => national.records.length >= count);
    return { ...started, received };
  }

  test.each(['extended', 'plain'] as const)(
    'a report reaches a national platform that is %s as the terminal made it',
    async (kind) => {
      const { national, terminal, sell, received } = await setUp(kind);
      const record = checkTicket(sell());
      expect(await report(terminal, [record])).toMatchObject(delivered);
      await received(1);
      expect(national.records).toEqual([{ ...record, recordId: kind === 'extended' ? record.recordId : null }]);
    },
  );

  test('a quarantined record is forwarded when the key that fits it has come', async () => {
    const { national, site, bundle, sell, received } = await setUp();
    const terminal = createTerminal(bundle, 'extended', () => Date.now() + site.clock.ahead);
    const rotated = makeUkey('2026-06-01T00:00:00');
    const record = checkTicket(sellTicket(rotated));
    expect(await report(terminal, [record])).toMatchObject({
      reply: { result: true, quarantined: [{ index: 0, errorCode: 'CODE_NOT_GENUINE' }] },
    });
    const genuine = checkTicket(sell());
    expect(await report(terminal, [genuine])).toMatchObject(delivered);
    await received(1);
    national.keys.set(CINEMA, [rotated.key, ukey.key]);
    site.clock.ahead = 31_000;
    await ask(terminal, 'GetPublicKeys', { CinemaCode: CINEMA });
    await ask(terminal, 'GetPublicKeys', { CinemaCode: CINEMA });
    await received(2);
    expect(national.records.at(-1)).toMatchObject({ recordId: record.recordId });
  });

  test('what was made without a line is completed from the national platform on its way to a plain one', async () => {
    const { national, terminal, sell, received } = await setUp('plain');
    const record = checkTicket(sell());
    expect(await report(terminal, [incomplete(record)])).toMatchObject(delivered);
    await received(1);
    expect(national.records).toMatchObject([
      { screenName: '7号厅', filmName: '示例影片', ticketType: '网络售票', rowNum: 8 },
    ]);
  });

  test('what cannot be completed goes to a plain platform with blanks once its time is over', async () => {
    const { national, terminal, received } = await setUp('plain', {
      COMPLETION_SECONDS: '0',
      FALLBACK_TICKET_TYPE: '现场售票',
    });
    const record = checkTicket(sellTicket(ukey));
    expect(await report(terminal, [incomplete(record)])).toMatchObject(delivered);
    await received(1);
    expect(national.records).toMatchObject([{ screenName: '', ticketType: '现场售票', rowNum: 0 }]);
  });

  test('a record made with a key that only the national platform knows is no forgery', async () => {
    const { national, site, terminal, received } = await setUp();
    await report(terminal, [checkTicket(sellTicket(ukey))]);
    await received(1);
    const rotated = makeUkey('2026-06-01T00:00:00');
    national.keys.set(CINEMA, [rotated.key, ukey.key]);
    site.clock.ahead = 11_000;
    const record = checkTicket(sellTicket(rotated));
    expect(await report(terminal, [record])).toMatchObject(delivered);
    await received(2);
  });
});
