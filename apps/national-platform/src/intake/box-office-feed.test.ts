// @module-tag service

import { addSeconds, wallClockAt } from '@ticket-check/protocol';
import {
  addSession,
  connectByBundle,
  feed,
  makeBoxOffice,
  refund,
  rotateUkey,
  sell,
} from '@ticket-check/simulators/box-office';
import { describeSqlite } from '@ticket-check/storage/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { NOW, START } from '../testing/test-cinema.ts';
import { type Caller, startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';

describeSqlite("a cinema's ticketing system feeding the platform", ({ url }) => {
  let platform: TestPlatform;
  let caller: Caller;
  beforeAll(async () => {
    platform = await startTestPlatform(await url());
    caller = await platform.issue('platform-a');
  });
  afterAll(() => platform.close());

  it('is answered from at once: keys, tickets, refunds, and a rotated Ukey', async () => {
    const now = wallClockAt(NOW);
    const boxOffice = makeBoxOffice({ now: addSeconds(now, -86_400) });
    const { cinemaCode, cinemaName } = boxOffice.cinema;
    const source = await platform.issue('box-office', { role: 'data-source', cinemaCodes: [cinemaCode] });
    const national = connectByBundle(
      {
        Url: platform.url,
        Username: source.username,
        PrivateKey: source.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
        CaCertificate: platform.ca,
        CinemaCodes: [cinemaCode],
      },
      () => NOW,
    );

    const { sessionCode } = addSession(boxOffice, { startTime: START });
    const [before, given] = [sell(boxOffice, { now, sessionCode }), sell(boxOffice, { now, sessionCode })];
    refund(boxOffice, given.filmTicketCode, now);
    rotateUkey(boxOffice, { startTime: now });
    const after = sell(boxOffice, { now, sessionCode });
    expect(await feed(boxOffice, national)).toMatchObject({
      publicKeys: { imported: 2, unchanged: 0 },
      tickets: { imported: 3, unchanged: 0 },
      refunds: { imported: 1, unchanged: 0 },
    });
    const again = await feed(boxOffice, national, { everything: true });
    expect(Object.values(again).map(({ imported }) => imported)).toEqual([0, 0, 0, 0, 0, 0]);
    await national.close();

    const infoOf = ({ filmTicketCode }: { filmTicketCode: string }) =>
      caller.data('GetTicketInfo', { CinemaCode: cinemaCode, FilmTicketCode: filmTicketCode, StartTime: START });
    expect(await infoOf(before)).toMatchObject({ CinemaName: cinemaName, RefundStatus: 'No' });
    expect(await infoOf(given)).toMatchObject({ RefundStatus: 'Yes', RefundTime: now });
    expect(await infoOf(after)).toMatchObject({ RefundStatus: 'No' });
    const { PublicKeys } = await caller.data('GetPublicKeys', { CinemaCode: cinemaCode });
    expect(PublicKeys).toHaveLength(2);
  });
});
