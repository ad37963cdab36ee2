import {
  type Answer,
  askedReason,
  type Language,
  type Page,
  type PageRequest,
  type PageSet,
  pathWith,
  type SetRequest,
} from '@ticket-check/admin';
import { mayOperateFor, type Operator, tryOperation } from '@ticket-check/operators';
import { VERDICTS } from '@ticket-check/protocol';
import type { Service } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import { firstWords, heldWords } from '../admission/entry-words.ts';
import type { OverrideObjection } from '../admission/rules.ts';
import { lastRefusals, type Refusal } from '../journal/refusals.ts';
import type { TerminalTables } from '../migrations.ts';
import { type Cell, endedPage, filmOf, forPeople, reasonPage, seatOf } from '../pages/ticket-pages.ts';
import { type AdmitAnyway, overriddenJson, overrideRefusal, refusalJson } from './override-refusal.ts';
import { WORDS } from './words.ts';

const SHOWN = 50;
const LIST = '/refusals';
const OVERRIDE = '/refusals/override';

/** Pages of the last refusals at this terminal, which supervisors may override. Scheme 5.3.2.3; reading R10. */
export function overridePages(
  { now, logger }: Pick<Service, 'now' | 'logger'>,
  { store, admitAnyway }: { store: Store<TerminalTables>; admitAnyway: AdmitAnyway },
): PageSet {
  async function load(of: Pick<Operator, 'cinemaCodes'>): Promise<Refusal[]> {
    const last = await lastRefusals(store.reports, admitAnyway.now(), SHOWN);
    return last.filter(({ record }) => mayOperateFor(of, record.cinemaCode));
  }

  async function list({ language, operator }: PageRequest): Promise<Page> {
    const { list, columns } = WORDS[language];
    const rows = (await load(operator)).map((refusal) => rowOf(refusal, admitAnyway.objectionTo(refusal), language));
    const { time, why, film, seat, ticket, gate, action } = columns;
    const follows = { asOf: forPeople(admitAnyway.now()), again: LIST };
    const heads = [time, why, film, seat, ticket, gate, action];
    const data = { intros: [list.intro, list.not], none: list.none, heads, rows };
    return { title: list.title, view: 'entries/list', follows, data };
  }

  async function find(request: PageRequest): Promise<Refusal | OverrideObjection> {
    const refusal = await admitAnyway.find(request.query.get('scan') ?? '');
    return typeof refusal === 'string' || mayOperateFor(request.operator, refusal.record.cinemaCode)
      ? refusal
      : 'UNKNOWN';
  }

  async function confirm(request: PageRequest): Promise<Page> {
    const refusal = await find(request);
    return typeof refusal === 'string' ? gone(request, refusal) : confirmation(request, refusal);
  }

  async function override(request: SetRequest): Promise<Page> {
    const { operator, address } = request;
    const found = await find(request);
    if (typeof found === 'string') return gone(request, found);
    const { reason, refused } = await askedReason(request);
    if (refused !== null) return confirmation(request, found, { ...refused, reason });
    const { recordId } = found;
    const operation = { name: 'entries override', actor: operator.username, from: address, now };
    let objection: OverrideObjection = 'UNKNOWN';
    const admitted = await admitAnyway.admit(found.gate, { operator: operator.username, reason }, (by) =>
      tryOperation(
        store,
        { ...operation, what: { reason, recordId } },
        async (within) => {
          const came = await overrideRefusal(within, recordId, by);
          if (typeof came !== 'string') return came;
          objection = came;
          return null;
        },
        (came) => ({ before: refusalJson(came.refusal), after: overriddenJson(came) }),
      ),
    );
    if (admitted === null) return gone(request, objection);
    const { overridden, opened } = admitted;
    const told = { reason, overrides: recordId, recordId: overridden.record.recordId, operator: operator.username };
    logger.warn({ ...told, verdict: found.verdict, opened }, 'overrode a refusal');
    return done(request, overridden.refusal, { recordId: overridden.record.recordId, opened });
  }

  function confirmation(request: PageRequest, refusal: Refusal, answer: Answer & { reason?: string } = {}): Page {
    const { title, what, consequences, reasonHint: hint, submit, ...t } = WORDS[request.language].override;
    const { recordId, verdict, first } = refusal;
    const isHeld = first?.unrecorded === true;
    const claim = first?.claimUrl === undefined ? null : { href: first.claimUrl, text: t.claim };
    const notices = [
      ...(isHeld ? [{ text: t.held, link: claim }] : []),
      ...(!isHeld && (verdict === 'ALREADY_ENTERED' || first !== null) ? [{ text: t.again, link: null }] : []),
    ];
    const action = pathWith(OVERRIDE, { scan: recordId });
    const asked = { title, what, consequences, hint, submit, notices, action, list: LIST };
    return reasonPage(request, { ...asked, facts: factsOf(refusal, request.language) }, answer);
  }

  function done({ language }: PageRequest, refusal: Refusal, came: { recordId: string; opened: boolean }): Page {
    const { title, opened, notOpened, back, record } = WORDS[language].done;
    return endedPage({
      title,
      ...(came.opened ? { text: opened, tone: 'good' } : { text: notOpened, tone: 'bad' }),
      facts: factsOf(refusal, language),
      links: [
        { href: LIST, text: back },
        { href: `/records/${came.recordId}`, text: record },
      ],
    });
  }

  function gone({ language }: PageRequest, objection: OverrideObjection): Page {
    const { goneTitle: title, objections, done } = WORDS[language];
    const status = objection === 'UNKNOWN' ? 404 : 409;
    const links = [{ href: LIST, text: done.back }];
    return endedPage({ title, status, text: objections[objection], tone: 'bad', facts: [], links });
  }

  return {
    name: 'refusals',
    menu: {
      path: LIST,
      label: { zh: WORDS.zh.list.title, en: WORDS.en.list.title },
      permission: 'entries.override',
    },
    pages: [
      { method: 'get', path: LIST, access: 'entries.override', handler: list },
      { method: 'get', path: OVERRIDE, access: 'entries.override', handler: confirm },
      { method: 'post', path: OVERRIDE, access: 'entries.override', handler: override },
    ],
  };
}

const reasonFor = ({ verdict, first }: Refusal, language: Language): string =>
  first?.unrecorded === true ? heldWords(first)[language] : VERDICTS[verdict][language];

function rowOf(refusal: Refusal, objection: OverrideObjection | null, language: Language): Cell[] {
  const { recordId, scannedAt, record, gate, eTicket, overriddenBy, openedAt } = refusal;
  const t = WORDS[language];
  const shownAs = eTicket === null ? [] : [`${t.columns.eTicket}: ${t.eTicketAge(eTicket.ageSeconds)}`];
  const action = { href: pathWith(OVERRIDE, { scan: recordId }), text: t.list.choose };
  const settled = objection === null ? { links: [action], of: record.filmTicketCode } : t.objections[objection];
  return [
    forPeople(scannedAt),
    { lines: [reasonFor(refusal, language), ...shownAs] },
    filmOf(record),
    seatOf(record, language),
    { code: record.filmTicketCode },
    gate,
    overriddenBy === null ? settled : (openedAt === null ? t.list.doneUnopened : t.list.done)(overriddenBy),
  ];
}

function factsOf(refusal: Refusal, language: Language): [name: string, value: string][] {
  const { scannedAt, gate, record, first, eTicket } = refusal;
  const { columns, eTicketAge } = WORDS[language];
  return [
    [columns.why, reasonFor(refusal, language)],
    ...(first === null ? [] : [[columns.first, firstWords(first, language)] as [string, string]]),
    ...(eTicket === null ? [] : [[columns.eTicket, eTicketAge(eTicket.ageSeconds)] as [string, string]]),
    [columns.time, forPeople(scannedAt)],
    [columns.start, forPeople(record.startTime)],
    [columns.film, filmOf(record)],
    [columns.seat, seatOf(record, language)],
    [columns.ticket, record.filmTicketCode],
    [columns.gate, gate],
  ];
}
