import { join } from 'node:path';
import {
  type Answer,
  type AskedList,
  type Language,
  type Page,
  PageError,
  type PageRequest,
  type PageSet,
  type SetRequest,
} from '@ticket-check/admin';
import { type AccountTables, createAccounts } from '@ticket-check/exchange';
import { mayOperateFor, type OperationTables, type Operator, permits, tryOperation } from '@ticket-check/operators';
import {
  type CinemaCode,
  type CinemaKey,
  epochOf,
  parseCinemaCode,
  readTicketInHand,
  ticketOfCode,
  type WallClock,
  wallClockAt,
} from '@ticket-check/protocol';
import type { Service } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import type { OpenClaim } from '../claim-store.ts';
import type { KnownTables } from '../known-entries.ts';
import {
  type ClaimName,
  type ClaimPosition,
  findOpenClaim,
  openClaimJson,
  RELEASE_PATH,
  releasePath,
  searchOpenClaims,
} from '../open-claims.ts';
import { createSupervisorReleases } from '../supervisor-releases.ts';
import { WORDS } from './words.ts';

const CLAIMS_A_PAGE = 50;
const LONGEST_REASON = 500;
const LIST = '/claims';
const JSON_LIST = '/claims.json';
const CLAIMS_A_PART = 500;

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

  /** The open claims, oldest first, in parts: `Next` asks for the next one. */
  async function listJson({ cinemaCodes, query }: AskedList): Promise<object> {
    const text = await searchedText(query);
    const cinema = query.get('cinema')?.trim() ?? '';
    if (cinema !== '' && !isCinemaCode(cinema)) throw new PageError('bad-input');
    if (cinema !== '' && !mayOperateFor({ cinemaCodes }, cinema)) throw new PageError('forbidden');
    const asked = { text, cinema, cinemas: cinemaCodes, after: positionIn(query.get('after')) };
    const { claims, next } = await searchOpenClaims(store, { ...asked, limit: CLAIMS_A_PART });
    const search = { ...(text !== '' && { q: text }), ...(cinema !== '' && { cinema }) };
    return {
      Claims: claims.map(openClaimJson),
      Next: next === null ? null : pathTo(JSON_LIST, { ...search, after: JSON.stringify(next) }),
    };
  }

  async function list({ operator, language, query }: PageRequest): Promise<Page> {
    const words = WORDS[language];
    const text = await searchedText(query);
    const cinema = query.get('cinema')?.trim() ?? '';
    const isCinema = cinema === '' || isCinemaCode(cinema);
    if (isCinema && cinema !== '' && !mayOperateFor(operator, cinema)) throw new PageError('forbidden');
    const { cinemaCodes: cinemas } = operator;
    const asked = { text, cinema, cinemas, after: positionIn(query.get('after')), limit: CLAIMS_A_PAGE };
    const { claims, next } = isCinema ? await searchOpenClaims(store, asked) : { claims: [], next: null };
    const search = { ...(text !== '' && { q: text }), ...(cinema !== '' && { cinema }) };
    return {
      title: words.list.title,
      view: 'claims/list',
      status: isCinema ? 200 : 400,
      ...(isCinema && {
        follows: {
          asOf: forPeople(wallClockAt(now())),
          again: pathTo(LIST, search),
        },
      }),
      data: {
        t: words,
        text,
        cinema,
        isCinema,
        cinemas,
        claims: await Promise.all(
          claims.map(async (claim) => ({ ...(await shown(claim, language)), release: releasePath(claim) })),
        ),
        isFiltered: text !== '' || cinema !== '',
        mayRelease: permits(operator.role, 'claims.release'),
        list: LIST,
        first: query.has('after') ? pathTo(LIST, search) : null,
        next: next === null ? null : pathTo(LIST, { ...search, after: JSON.stringify(next) }),
      },
    };
  }

  async function confirm(request: PageRequest): Promise<Page> {
    const claim = await claimNamed(request);
    return claim === null ? gone(request.language) : confirmation(request, claim);
  }

  async function release(request: SetRequest): Promise<Page> {
    const { operator, language, address, form } = request;
    const words = WORDS[language];
    const claim = await claimNamed(request);
    if (claim === null) return gone(language);
    const reason = form.get('reason')?.trim().replaceAll(/\s+/g, ' ') ?? '';
    if (reason === '') return confirmation(request, claim, { fault: words.release.reasonMissing, reason });
    if (reason.length > LONGEST_REASON) {
      return confirmation(request, claim, { fault: words.release.reasonTooLong, reason });
    }
    const refused = await request.passwordFault();
    if (refused !== null) return confirmation(request, claim, { ...refused, reason });
    const operation = { name: 'claims release', actor: operator.username, from: address, now };
    const released = await tryOperation(
      store,
      { ...operation, what: { reason, released: [claim] } },
      async (within) => {
        const done = await createSupervisorReleases(within).release([claim], wallClockAt(now()));
        return done.length === 0 ? null : done;
      },
    );
    if (released === null) return gone(language);
    logger.warn({ reason, claim, operator: operator.username }, 'released a claim for a supervisor');
    return {
      title: words.released.title,
      view: 'claims/released',
      data: { t: words, list: LIST, claim: await shown(claim, language), reason, by: operator.username },
    };
  }

  async function confirmation(
    { language }: PageRequest,
    claim: OpenClaim,
    { fault, reason = '', ...answer }: Answer & { reason?: string } = {},
  ): Promise<Page> {
    const words = WORDS[language];
    const action = releasePath(claim);
    return {
      title: words.release.title,
      view: 'claims/release',
      status: fault === undefined ? 200 : 400,
      ...answer,
      data: {
        t: words,
        list: LIST,
        claim: await shown(claim, language),
        action,
        fault: fault ?? null,
        reason,
        longest: LONGEST_REASON,
      },
    };
  }

  /** @throws PageError if the address names no claim, or one of a cinema that is not the operator's. */
  async function claimNamed({ operator, query }: PageRequest): Promise<OpenClaim | null> {
    const name = nameIn(query, operator);
    return findOpenClaim(store, name);
  }

  function gone(language: Language): Page {
    const words = WORDS[language];
    return { title: words.released.goneTitle, view: 'claims/gone', status: 410, data: { t: words, list: LIST } };
  }

  async function shown(claim: OpenClaim, language: Language) {
    const words = WORDS[language];
    const name = (await accounts.find(claim.account))?.displayName;
    const minutes = Math.max(0, Math.floor((now() - epochOf(claim.claimedAt as WallClock)) / 60_000));
    return {
      ...claim,
      account: name ? `${name} · ${claim.account}` : claim.account,
      startTime: forPeople(claim.startTime),
      checkTime: forPeople(claim.checkTime),
      claimedAt: forPeople(claim.claimedAt),
      gate: claim.gate === '' ? words.unknownGate : claim.gate,
      ago: words.ago(minutes),
    };
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

/** @throws PageError if it is none that a page of the list has made. */
function positionIn(text: string | undefined): ClaimPosition | null {
  if (text === undefined) return null;
  try {
    const position: unknown = JSON.parse(text);
    if (Array.isArray(position) && position.length === 5 && position.every((part) => typeof part === 'string')) {
      return position as unknown as ClaimPosition;
    }
  } catch {
    // It is answered below.
  }
  throw new PageError('bad-input');
}

function isCinemaCode(text: string): boolean {
  try {
    parseCinemaCode(text);
    return true;
  } catch {
    return false;
  }
}

const pathTo = (path: string, query: Record<string, string>): string => {
  const text = new URLSearchParams(query).toString();
  return text === '' ? path : `${path}?${text}`;
};

const forPeople = (time: string): string => time.replace('T', ' ');
