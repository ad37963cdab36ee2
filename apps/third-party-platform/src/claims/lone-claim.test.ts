import { createAccounts, createRequestLimit, createUpstreamStore } from '@ticket-check/exchange';
import { issueAccount } from '@ticket-check/exchange/testing';
import { claimTicketQueryJson, wallClockAt } from '@ticket-check/protocol';
import { keyPairOf } from '@ticket-check/runtime/testing';
import { describePostgres, watchProtocol } from '@ticket-check/storage/testing';
import { expect, test } from 'vitest';
import type { ThirdPartySettings } from '../config.ts';
import { type ThirdPartyTables, thirdPartyMigrations } from '../database.ts';
import { openETickets } from '../e-tickets/e-ticket-store.ts';
import { CINEMA, claimOn, makeUkey, sellTicket } from '../testing/test-cinema.ts';
import { createClaimCounts } from './claim-metrics.ts';
import { createClaimStore } from './claim-store.ts';
import { claimTicketApi } from './claim-ticket.ts';

describePostgres('a claim that comes alone', ({ open }) => {
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
          ask: async () => {
            await upstreams.latest();
            return { info: sellTicket(ukey).info, shared: false };
          },
          ticketInfo: async () => 'unknown-ticket',
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
        'select "account".*, "account_store',
        'insert into "ticket_claim" ("start',
        'select pg_walfile_name(lsn) as fil',
        2,
      ]);
  });
});
