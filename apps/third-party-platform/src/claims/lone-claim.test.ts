import { createRecordStore, makeMonths, ticketKeyOf } from '@ticket-check/check-records';
import { createAccounts, createRequestLimit, createUpstreamStore } from '@ticket-check/exchange';
import { issueAccount } from '@ticket-check/exchange/testing';
import { claimTicketQueryJson, parseWallClock, wallClockAt } from '@ticket-check/protocol';
import { keyPairOf } from '@ticket-check/runtime/testing';
import { describePostgres, watchProtocol } from '@ticket-check/storage/testing';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { followingEntries } from '../check-records/follow-records.ts';
import type { ThirdPartySettings } from '../config.ts';
import { type ThirdPartyTables, thirdPartyMigrations } from '../database.ts';
import { openETickets } from '../e-tickets/e-ticket-store.ts';
import { CINEMA, claimFor, claimOn, makeUkey, receivedRecord, sellTicket } from '../testing/test-cinema.ts';
import { lockTicketsOnly } from './apply-events.ts';
import { createClaimCounts } from './claim-metrics.ts';
import { createClaimStore } from './claim-store.ts';
import { claimTicketApi } from './claim-ticket.ts';

describePostgres('a claim that comes alone', ({ open, url }) => {
  test('costs three statements and two commits: the account, the claim, how far the server has come', async () => {
    const store = await open<ThirdPartyTables>(thirdPartyMigrations);
    const [accounts, upstreams] = [createAccounts(store, Date.now), createUpstreamStore(store)];
    await issueAccount(accounts, { username: 'terminal-1', role: 'platform', cinemaCodes: [CINEMA] });
    const { privateKeyPem } = await keyPairOf('vendor-a');
    const form = { payloadForm: 'hex', priceForm: 'two-decimals', caPem: null, cinemaCodes: 'all' } as const;
    await upstreams.set({ url: 'https://national.example', username: 'vendor-a', privateKeyPem, ...form });
    const { isLive } = await openETickets(store, Date.now);
    const { answer } = claimTicketApi(
      { now: Date.now },
      {
        store,
        upstreams,
        national: {
          askIfReachable: async () => {
            await upstreams.latest();
            return { info: sellTicket(ukey).info, shared: false };
          },
        },
        verifyCode: async () => {},
        hasLiveETicket: isLive,
        settings: { CLAIM_WINDOW_HOURS: 48, CONSOLE_PORT: 0 } as ThirdPartySettings,
        claims: createClaimStore(store, Date.now),
        counts: createClaimCounts(),
        limit: createRequestLimit(100),
      },
    );
    const ukey = makeUkey();
    async function claim() {
      const account = await accounts.find('terminal-1');
      const claimed = claimOn(sellTicket(ukey));
      const call = { account, signed: { datetime: wallClockAt(Date.now()) } } as unknown as Parameters<
        typeof answer
      >[1];
      return answer(claimTicketQueryJson({ ...claimed, startTime: wallClockAt(Date.now()) }), call);
    }
    const protocol = watchProtocol();
    // What is known for a second at most is read again meanwhile: the upstream, the cinema, the server.
    await expect
      .poll(async () => {
        await claim();
        protocol.take();
        expect(await claim()).toMatchObject({ Claimed: true });
        const { statements, commits } = protocol.take();
        return [...statements.map((text) => text.replaceAll(/\s+/g, ' ').slice(0, 34)), commits];
      })
      .toEqual([
        'select "account"."username", "acco',
        'insert into "ticket_claim" ("start',
        'select pg_walfile_name(lsn) as fil',
        2,
      ]);
  });

  test('has its record kept, queued and claimed, and the worklist looked after, in five statements', async () => {
    const store = await open<ThirdPartyTables>(thirdPartyMigrations);
    const records = createRecordStore(store, { inSameTransaction: followingEntries(store) });
    records.onQueued({ queued: () => {}, readyFor: (cinemas) => [...cinemas] });
    const record = receivedRecord(makeUkey());
    const { recordId, checkTime } = record;
    await createClaimStore(store, Date.now).claim({ ...claimFor(), ...ticketKeyOf(record), recordId, checkTime });
    const protocol = watchProtocol();
    await records.keep([record], { forward: true, maxOfTicket: 16 });
    const asked = protocol
      .take()
      .statements.filter((text) => !/^(select generation|start transaction|commit)/.test(text));
    expect(asked.map((text) => text.replaceAll(/[\s"(]+/g, ' ').slice(0, 25))).toEqual([
      'insert into check_record ',
      'insert into ticket_claim ',
      'select reversal . reverse',
      'with part_0 as insert int',
      'select pg_walfile_name ls',
    ]);
  });

  test('on a ticket of today is released while an old month is examined', async () => {
    const [at, longAgo] = [await url(), parseWallClock('2021-03-10T20:00:00')];
    const store = await open<ThirdPartyTables>(thirdPartyMigrations, at);
    const other = await open<ThirdPartyTables>(thirdPartyMigrations, at);
    await store.transaction((trx) => makeMonths(trx, store.engine, longAgo));
    const claims = createClaimStore(store, Date.now);
    const claim = { ...claimFor(), ...ticketKeyOf(receivedRecord(makeUkey())) };
    await claims.claim(claim);
    const [locked, ended] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const examined = other.transaction(async (trx) => {
      await sql`lock table ticket_claim_2021_03 in exclusive mode`.execute(trx);
      locked.resolve();
      await ended.promise;
    });
    await locked.promise;
    try {
      const released = Promise.all([
        claims.release(claim),
        store.transaction((db) => lockTicketsOnly({ db, store }, [ticketKeyOf(receivedRecord(makeUkey()))])),
      ]);
      await expect.poll(() => Promise.race([released, null])).toEqual(['released', undefined]);
    } finally {
      ended.resolve();
      await examined;
    }
  });
});
