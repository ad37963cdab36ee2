import { cinemaFilter, list, operation, textOf } from '@ticket-check/admin';
import type { createAccounts } from '@ticket-check/exchange';
import {
  type CinemaCode,
  type CinemaKey,
  parseCinemaCode,
  parseFilmTicketCode,
  parseRecordId,
  parseWallClock,
  readTicketInHand,
  ticketOfCode,
  wallClockAt,
} from '@ticket-check/protocol';
import type { Clock } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import { z } from 'zod';
import { CLAIM_ROW } from './claim-row.ts';
import type { KnownTables } from './known-entries.ts';
import { CLAIM_POSITION, findOpenClaim, openClaimJson, releaseForSupervisor, searchOpenClaims } from './open-claims.ts';

type ClaimSource = {
  readonly store: Store<KnownTables>;
  readonly now: Clock;
  readonly accounts: Pick<ReturnType<typeof createAccounts>, 'find'>;
  readonly keysOf: (cinemaCode: CinemaCode) => Promise<readonly CinemaKey[]>;
};

/** Claims whose check record has not come, the oldest first. Reading C8. */
export const openClaims = list({
  name: 'claims',
  rowsName: 'Claims',
  title: { zh: '未归还的占票', en: 'Open claims' },
  permission: 'claims.read',
  filters: {
    q: z.string().default('').describe('a scanned code, a film ticket code, a RecordId or an account, as a whole'),
    cinema: cinemaFilter,
  },
  row: CLAIM_ROW,
  place: CLAIM_POSITION,
  rowsAPage: 100,
  async find(source: ClaimSource, { filters: { q }, cinemas, after, limit }) {
    const text = await searchedText(source, q);
    const { claims, next } = await searchOpenClaims(source.store, { text, cinemas, after, limit });
    const names = new Map<string, string>();
    for (const account of new Set(claims.map((claim) => claim.account))) {
      const name = (await source.accounts.find(account))?.displayName;
      if (name) names.set(account, name);
    }
    const rows = claims.map((claim) => {
      const DisplayName = names.get(claim.account);
      return { ...openClaimJson(claim), ...(DisplayName !== undefined && { DisplayName }) };
    });
    return { rows, next };
  },
});

/** What claims are searched by: of a scanned code, the number of its ticket. */
async function searchedText({ keysOf, now }: ClaimSource, text: string): Promise<string> {
  const inHand = readTicketInHand(text);
  if (inHand?.kind !== 'code') return text;
  const ticket = ticketOfCode(inHand.code, await keysOf(inHand.cinemaCode), wallClockAt(now()));
  return ticket?.filmTicketCode ?? text;
}

/** Releases a claim for its terminal; later claims of the ticket are unconfirmed. */
export const releaseClaim = operation({
  name: 'claims release',
  title: { zh: '归还占票', en: 'Release the claim' },
  permission: 'claims.release',
  input: z.strictObject({
    CinemaCode: textOf(parseCinemaCode),
    FilmTicketCode: textOf(parseFilmTicketCode),
    StartTime: textOf(parseWallClock),
    RecordId: textOf(parseRecordId),
  }),
  needsReason: true,
  needsPassword: true,
  cinemasOf: ({ CinemaCode }) => [CinemaCode],
  what: (_, reason) => ({ reason }),
  async change(store: Store<KnownTables>, input, { at }) {
    const claim = await findOpenClaim(store, {
      cinemaCode: input.CinemaCode,
      filmTicketCode: input.FilmTicketCode,
      startTime: input.StartTime,
      recordId: input.RecordId,
    });
    return claim && ((await releaseForSupervisor(store, [claim], at)).at(0) ?? null);
  },
  outcome: (claim) => ({ released: [claim] }),
  gone: {
    status: 410,
    zh: '未做更改：这次占票已不存在。在此期间它已被归还，或者检票记录已到达（观众已入场）。',
    en: 'Nothing was changed: this claim is no longer open. It was released, or its check record has arrived (the guest went in).',
  },
});
