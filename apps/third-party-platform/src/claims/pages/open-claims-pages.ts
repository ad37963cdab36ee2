import { join } from 'node:path';
import {
  type Answer,
  type AskedList,
  askedReason,
  cinemaIn,
  DataRefused,
  type Language,
  LONGEST_REASON,
  type Page,
  PageError,
  type PageRequest,
  type PageSet,
  pathWith,
  readPlace,
  type SetRequest,
} from '@ticket-check/admin';
import { type AccountTables, createAccounts } from '@ticket-check/exchange';
import { mayOperateFor, type OperationTables, type Operator, permits, tryOperation } from '@ticket-check/operators';
import {
  type CinemaCode,
  type CinemaKey,
  epochOf,
  readTicketInHand,
  ticketOfCode,
  type WallClock,
  wallClockAt,
} from '@ticket-check/protocol';
import type { Service } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import type { KnownTables } from '../known-entries.ts';
import {
  CLAIM_POSITION,
  type ClaimName,
  findOpenClaim,
  type OpenClaim,
  openClaimJson,
  RELEASE_PATH,
  releaseForSupervisor,
  releasePath,
  searchOpenClaims,
} from '../open-claims.ts';
import { WORDS } from './words.ts';

const CLAIMS_A_PAGE = 50;
const LIST = '/claims';
const JSON_LIST = '/claims.json';
const CLAIMS_A_PART = 500;
/** What the list shows of each claim. */
const COLUMNS = ['ticket', 'session', 'cinema', 'gate', 'account', 'since'] as const;

/** Pages of claims whose check record has not come, for supervisors to release. Reading C8. */
export function openClaimsPages(
  { now, logger }: Pick<Service, 'now' | 'logger'>,
  store: Store<KnownTables & OperationTables & AccountTables>,
  keysOf: (cinemaCode: CinemaCode) => Promise<readonly CinemaKey[]>,
): PageSet {
  const accounts = createAccounts(store, now);

  /** What claims are searched by: of a scanned code, the number of its ticket. */
  async function searchedText(query: PageRequest['query']): Promise<string> {
    const text = query.get('q')?.trim() ?? '';
    const inHand = readTicketInHand(text);
    if (inHand?.kind !== 'code') return text;
    const ticket = ticketOfCode(inHand.code, await keysOf(inHand.cinemaCode), wallClockAt(now()));
    return ticket?.filmTicketCode ?? text;
  }

  async function search({ cinemaCodes, query }: AskedList, limit: number) {
    const text = await searchedText(query);
    const cinema = cinemaIn({ cinemaCodes, query });
    const asked = { text, cinema, cinemas: cinemaCodes, after: readPlace(query, CLAIM_POSITION), limit };
    const { claims, next } = await searchOpenClaims(store, asked);
    return {
      claims,
      filter: { q: text, cinema: cinema ?? '' },
      after: next === null ? undefined : JSON.stringify(next),
    };
  }

  /** The open claims, oldest first, in parts: `Next` asks for the next one. */
  async function listJson(request: AskedList, limit = CLAIMS_A_PART): Promise<object> {
    const { claims, filter, after } = await search(request, limit);
    return {
      Claims: claims.map(openClaimJson),
      Next: after === undefined ? null : pathWith(JSON_LIST, { ...filter, after }),
    };
  }

  async function list({ operator, language, query }: PageRequest): Promise<Page> {
    const words = WORDS[language];
    const { cinemaCodes } = operator;
    const { claims, filter, after } = await search({ cinemaCodes, query }, CLAIMS_A_PAGE).catch((error) => {
      throw error instanceof DataRefused ? new PageError('bad-input') : error;
    });
    const first = pathWith(LIST, filter);
    const mayRelease = permits(operator.role, 'claims.release');
    return {
      title: words.list.title,
      view: 'claims/list',
      follows: {
        asOf: forPeople(wallClockAt(now())),
        again: first,
      },
      data: {
        t: words,
        ...filter,
        cinemas: cinemaCodes,
        heads: [...COLUMNS, ...(mayRelease ? (['action'] as const) : [])].map((column) => words.columns[column]),
        rows: await Promise.all(
          claims.map(async (claim) => {
            const facts = await factsOf(claim, language);
            const act = { path: releasePath(claim), label: words.list.choose, of: claim.filmTicketCode };
            return { cells: COLUMNS.map((column) => facts[column]), act };
          }),
        ),
        isFiltered: first !== LIST,
        list: LIST,
        first: query.has('after') ? first : null,
        next: after === undefined ? null : pathWith(LIST, { ...filter, after }),
      },
    };
  }

  /** @throws PageError if the address names no claim, or one of a cinema that is not the operator's. */
  function claimNamed({ operator, query }: PageRequest): Promise<OpenClaim | null> {
    return findOpenClaim(store, nameIn(query, operator));
  }

  async function confirm(request: PageRequest): Promise<Page> {
    const claim = await claimNamed(request);
    return claim === null ? gone(request.language) : confirmation(request, claim);
  }

  async function release(request: SetRequest): Promise<Page> {
    const { operator, language, address } = request;
    const words = WORDS[language];
    const claim = await claimNamed(request);
    if (claim === null) return gone(language);
    const { reason, refused } = await askedReason(request);
    if (refused !== null) return confirmation(request, claim, { ...refused, reason });
    const operation = { name: 'claims release', actor: operator.username, from: address, now };
    const released = await tryOperation(
      store,
      { ...operation, what: { reason, released: [claim] } },
      async (within) => (await releaseForSupervisor(within, [claim], wallClockAt(now()))).at(0) ?? null,
    );
    if (released === null) return gone(language);
    logger.warn({ reason, claim, operator: operator.username }, 'released a claim for a supervisor');
    const { columns } = words;
    return page(language, words.released.title, {
      notice: words.released.text,
      tone: 'good',
      facts: [...(await allFacts(claim, language)), [columns.by, operator.username], [columns.reason, reason]],
    });
  }

  async function confirmation(
    { language }: PageRequest,
    claim: OpenClaim,
    { fault, reason = '', ...answer }: Answer & { reason?: string } = {},
  ): Promise<Page> {
    const asked = page(language, WORDS[language].release.title, {
      facts: await allFacts(claim, language),
      form: { action: releasePath(claim), fault: fault ?? null, reason, longest: LONGEST_REASON },
    });
    return { status: fault === undefined ? 200 : 400, ...asked, ...answer };
  }

  function gone(language: Language): Page {
    const { goneTitle, goneText } = WORDS[language].released;
    return { ...page(language, goneTitle, { notice: goneText }), status: 410 };
  }

  function page(
    language: Language,
    title: string,
    data: { notice?: string; tone?: 'good'; facts?: readonly (readonly string[])[]; form?: object },
  ): Page {
    const parts = { t: WORDS[language], list: LIST, notice: null, tone: '', facts: [], form: null };
    return { title, view: 'claims/release', data: { ...parts, ...data } };
  }

  /** What people read of a claim. */
  async function factsOf(claim: OpenClaim, language: Language) {
    const { unknownGate, ago } = WORDS[language];
    const name = (await accounts.find(claim.account))?.displayName;
    const minutes = Math.max(0, Math.floor((now() - epochOf(claim.claimedAt as WallClock)) / 60_000));
    return {
      ticket: claim.filmTicketCode,
      session: forPeople(claim.startTime),
      cinema: claim.cinemaCode,
      gate: claim.gate === '' ? unknownGate : claim.gate,
      account: name ? `${name} · ${claim.account}` : claim.account,
      scanned: forPeople(claim.checkTime),
      since: `${forPeople(claim.claimedAt)} (${ago(minutes)})`,
      record: claim.recordId,
    };
  }

  async function allFacts(claim: OpenClaim, language: Language): Promise<string[][]> {
    const { columns } = WORDS[language];
    const facts = Object.entries(await factsOf(claim, language)) as [keyof typeof columns, string][];
    return facts.map(([column, value]) => [columns[column], value]);
  }

  return {
    name: 'claims',
    views: join(import.meta.dirname, 'views'),
    menu: {
      path: LIST,
      label: { zh: WORDS.zh.list.title, en: WORDS.en.list.title },
      permission: 'claims.read',
    },
    json: [{ path: JSON_LIST, permission: 'claims.read', handler: listJson }],
    pages: [
      { method: 'get', path: LIST, access: 'claims.read', handler: list },
      { method: 'get', path: RELEASE_PATH, access: 'claims.release', handler: confirm },
      { method: 'post', path: RELEASE_PATH, access: 'claims.release', handler: release },
    ],
  };
}

function nameIn(query: PageRequest['query'], operator: Operator): ClaimName {
  const [cinemaCode, filmTicketCode] = [query.get('cinema'), query.get('ticket')];
  const [startTime, recordId] = [query.get('start'), query.get('record')];
  if (!cinemaCode || !filmTicketCode || !startTime || !recordId) throw new PageError('bad-input');
  if (!mayOperateFor(operator, cinemaCode)) throw new PageError('forbidden');
  return { cinemaCode, filmTicketCode, startTime, recordId };
}

const forPeople = (time: string): string => time.replace('T', ' ');
