import type { Store } from '@ticket-check/storage';
import { describeEachEngine } from '@ticket-check/storage/testing';
import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { type ThirdPartyTables, thirdPartyMigrations } from '../migrations.ts';
import { type ClaimPosition, findOpenClaim, searchOpenClaims } from './open-claims.ts';

const MANY = 4500;
const OURS = '31012345';

/** Open claims, every hundredth of our cinema, many made in the same second. */
const claimMany = (store: Store<ThirdPartyTables>) =>
  sql`
    with recursive claim (i) as (select 1 union all select i + 1 from claim where i < ${sql.lit(MANY)})
    insert into ticket_claim
      (start_time, cinema_code, film_ticket_code, record_id, check_time, gate, account, claimed_at, recorded)
    select '2026-11-24T19:30:00', case when i % 100 = 0 then ${OURS} else '31019999' end,
      cast(1000000000000000 + i as text), 'record ' || (1000000 + i), '2026-11-24T19:20:00', '', 'terminal-1',
      '2026-11-24T19:2' || (i / 1000), 0
    from claim
  `.execute(store.db);

describeEachEngine('searching the open claims', (engine) => {
  it('finds all that is wanted, page by page and once each, wherever among the others it stands', async () => {
    const store = await engine.open<ThirdPartyTables>(thirdPartyMigrations);
    await claimMany(store);
    const found: string[] = [];
    let after: ClaimPosition | null = null;
    do {
      const asked = { text: '', cinema: '', cinemas: [OURS], after, limit: 30 };
      const page: Awaited<ReturnType<typeof searchOpenClaims>> = await searchOpenClaims(store, asked);
      found.push(...page.claims.map(({ recordId }) => recordId));
      after = page.next;
    } while (after !== null);
    expect(found).toEqual(Array.from({ length: MANY / 100 }, (_, index) => `record ${1_000_100 + 100 * index}`));
  });

  it('finds the last of all by its ticket', async () => {
    const store = await engine.open<ThirdPartyTables>(thirdPartyMigrations);
    await claimMany(store);
    const text = String(1_000_000_000_000_000 + MANY);
    const { claims, next } = await searchOpenClaims(store, { text, cinema: '', cinemas: 'all', after: null, limit: 7 });
    expect([claims.map(({ filmTicketCode }) => filmTicketCode), next]).toEqual([[text], null]);
    const [claim] = claims;
    expect(await findOpenClaim(store, claim!)).toEqual(claim);
    expect(await findOpenClaim(store, { ...claim!, recordId: 'another' })).toBeNull();
  });
});
