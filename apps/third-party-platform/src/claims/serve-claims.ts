import {
  asked,
  cinemaFilter,
  list,
  listCommand,
  operation,
  operationCommand,
  type PageSet,
  type Reading,
  says,
  serveList,
  serveOperation,
  textOf,
} from '@ticket-check/admin';
import type { CommandStore, OperationTables } from '@ticket-check/operators';
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
import type { Clock, Service } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import type { Command } from 'commander';
import { z } from 'zod';
import { CLAIM_ROW } from './claim-row.ts';
import type { KnownTables } from './known-entries.ts';
import {
  CLAIM_POSITION,
  countOpenClaims,
  listOpenClaims,
  longOpenSince,
  openClaimJson,
  releaseForSupervisor,
  searchOpenClaims,
} from './open-claims.ts';

type ClaimSource = {
  readonly store: Store<KnownTables>;
  readonly now: Clock;
  readonly keysOf: (cinemaCode: CinemaCode) => Promise<readonly CinemaKey[]>;
};

/** Claims whose check record has not come, the oldest first. Reading C8. */
const openClaims = list({
  name: 'claims',
  rowsName: 'Claims',
  title: { zh: '未归还的占票', en: 'Open claims' },
  permission: 'claims.read',
  filters: {
    q: z
      .string()
      .default('')
      .meta(
        says(
          '完整的电影票编码、记录编号或账号；也可以是扫描的票码',
          'a whole film ticket code, RecordId or account; on the console a scanned code too',
        ),
      ),
    cinema: cinemaFilter,
    overdue: z.enum(['0', '1']).default('0').meta(says('1：仅超过一小时的', '1: only those older than an hour')),
  },
  row: CLAIM_ROW,
  audit: { name: 'claims list', what: ({ q: _, ...filters }) => filters, unless: () => true },
  place: CLAIM_POSITION,
  rowsAPage: 100,
  async find(source: ClaimSource, { filters: { q, overdue }, cinemas, after, limit }) {
    const text = await searchedText(source, q);
    const claimedUntil = overdue === '1' ? longOpenSince(source.now) : undefined;
    const { claims, next } = await searchOpenClaims(source.store, { text, claimedUntil, cinemas, after, limit });
    return { rows: claims.map(openClaimJson), next };
  },
});

/** What claims are searched by: of a scanned code, the number of its ticket. */
async function searchedText({ keysOf, now }: ClaimSource, text: string): Promise<string> {
  const inHand = readTicketInHand(text);
  if (inHand?.kind !== 'code') return text;
  const ticket = ticketOfCode(inHand.code, await keysOf(inHand.cinemaCode), wallClockAt(now()));
  return ticket?.filmTicketCode ?? text;
}

/** The claim of a record, or all of an account. */
const MEANT = z.strictObject({
  RecordId: asked(textOf(parseRecordId).optional(), {
    option: ['[record-id]', 'the RecordId of one claim, as `claims open` prints it'],
  }),
  Username: asked(z.string().min(1).optional(), { option: ['--username <name>', 'all such claims of this account'] }),
  CinemaCode: asked(textOf(parseCinemaCode).optional(), { option: ['--cinema <code>', 'only of this cinema'] }),
  FilmTicketCode: textOf(parseFilmTicketCode).optional(),
  StartTime: textOf(parseWallClock).optional(),
});

/** Releases claims for their terminal, one or those of an account; later claims of their tickets are unconfirmed. */
const releaseClaims = operation({
  name: 'claims release',
  title: { zh: '归还占票', en: 'Release the claim' },
  permission: 'claims.release',
  says: 'release open claims of any account (later ones unconfirmed)',
  input: MEANT,
  destroys: ({ RecordId, Username = '' }) => RecordId ?? Username,
  needsReason: true,
  needsPassword: true,
  async cinemasOf(input, store: Store<KnownTables>) {
    const found = await claimsMeant(store, input);
    return found.length === 0 ? null : [...new Set(found.map(({ cinemaCode }) => cinemaCode as CinemaCode))];
  },
  async preview(store, input) {
    const found = await claimsMeant(store, input);
    const accounts = [...new Set(found.map(({ account }) => account))];
    const cinemas = [...new Set(found.map(({ cinemaCode }) => cinemaCode))].sort();
    const isMany = cinemas.length > MAX_NAMED;
    return {
      zh: `将归还 ${found.length} 次占票（终端 ${accounts.join('、')}，影院 ${isMany ? `${cinemas.length} 家` : cinemas.join('、')}）。影票可以再次被占用，持票观众可以再次检票入场：如果此前已有人入场而记录尚未到达，就可能有两人入场。因此，这些影票以后的占用都标记为“未确认”。`,
      en: `Claims to release: ${found.length}, of ${accounts.join(', ')}, at ${isMany ? `${cinemas.length} cinemas` : cinemas.join(', ')}. Anyone who shows one of these tickets will be let in, even if its guest already went in and the check record was lost; later claims on it are then unconfirmed.`,
    };
  },
  what: () => ({}),
  async change(store: Store<KnownTables>, input, { at, cinemas }) {
    const released = await releaseForSupervisor(store, await claimsMeant(store, input, cinemas), at);
    return released.length === 0 ? null : released;
  },
  outcome: (released) => ({ released }),
  gone: {
    status: 410,
    zh: '未做更改：这次占票已不存在。在此期间它已被归还，或者检票记录已到达（观众已入场）。',
    en: 'Nothing was changed: no claim of this RecordId or account is open. It was released, or its check record has arrived (the guest went in).',
  },
});

/** More cinemas than that are counted. */
const MAX_NAMED = 5;

/** None where neither a record nor an account is named. */
async function claimsMeant(
  store: Store<KnownTables>,
  named: z.output<typeof MEANT>,
  cinemas: readonly CinemaCode[] | 'all' = 'all',
) {
  const { RecordId: recordId, Username: account, CinemaCode: cinemaCode } = named;
  if (recordId === undefined && account === undefined) return [];
  const { FilmTicketCode: filmTicketCode, StartTime: startTime } = named;
  return listOpenClaims(store, { recordId, account, cinemaCode, filmTicketCode, startTime, cinemas });
}

export function claimsScreen(
  { now, logger }: Pick<Service, 'now' | 'logger'>,
  store: Store<KnownTables & OperationTables>,
  keysOf: ClaimSource['keysOf'],
  reading: Reading,
): PageSet {
  return {
    name: 'claims',
    screens: [{ path: '/claims', permission: 'claims.read', label: openClaims.title }],
    ...serveList(openClaims, { store, now, keysOf }, reading),
    counts: [
      {
        path: '/claims',
        permission: 'claims.read',
        count: async (cinemas) =>
          (await countOpenClaims(store.reports, { claimedUntil: longOpenSince(now), cinemas })).count,
      },
    ],
    actions: serveOperation(releaseClaims, {
      ...{ store, now },
      done: (claims, { reason, actor: operator }) =>
        logger.warn({ reason, claims, operator }, 'released claims for a supervisor'),
    }),
  };
}

/** Adds `claims open`, and `claims release` for claims that their terminal can no longer release. Reading C8. */
export function claimCommands(
  program: Command,
  { now, store }: { now: Clock; store: CommandStore<KnownTables> },
): void {
  const claims = program.command('claims').description('work with claims of terminals');
  listCommand(claims, openClaims, {
    store,
    source: (opened) => ({ store: opened, now, keysOf: async () => [] }),
    command: 'open',
    description: 'list claims without a check record, oldest first',
    usual: { overdue: '1' },
  });
  operationCommand(claims, releaseClaims, {
    ...{ store, now },
    saysFirst: true,
    done: (released) => released.map(openClaimJson),
    notice: async (released) => `Released claims: ${released.length}.`,
  });
}
