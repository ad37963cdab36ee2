import { join } from 'node:path';
import {
  type Answer,
  askedReason,
  type Language,
  LONGEST_REASON,
  type Page,
  type PageRequest,
  type PageSet,
  pathWith,
  REASON_WORDS,
  type SetRequest,
} from '@ticket-check/admin';
import { mayOperateFor, type Operator, tryOperation } from '@ticket-check/operators';
import { VERDICTS } from '@ticket-check/protocol';
import type { Service } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import { firstWords, heldWords } from '../../admission/entry-words.ts';
import type { OverrideObjection } from '../../admission/override-rule.ts';
import { lastRefusals, type Refusal } from '../../journal/refusals.ts';
import type { TerminalTables } from '../../migrations.ts';
import { type AdmitAnyway, overriddenJson, overrideRefusal, refusalJson } from '../override-refusal.ts';
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
    const t = WORDS[language];
    const refusals = (await load(operator)).map((refusal) => {
      const objection = admitAnyway.objectionTo(refusal);
      const { overridden, ...told } = shown(refusal, language);
      return {
        ...told,
        settled: overridden ?? (objection === null ? null : t.objections[objection]),
      };
    });
    const follows = { asOf: admitAnyway.now().replace('T', ' '), again: LIST };
    return { title: t.list.title, view: 'refusals/list', follows, data: { t, refusals } };
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

  function confirmation(
    { language }: PageRequest,
    refusal: Refusal,
    { fault, reason = '', ...answer }: Answer & { reason?: string } = {},
  ): Page {
    const t = WORDS[language];
    const { override: action, ...told } = shown(refusal, language);
    return {
      title: t.override.title,
      view: 'refusals/override',
      status: fault === undefined ? 200 : 400,
      ...answer,
      data: {
        t,
        list: LIST,
        refusal: told,
        action,
        fault: fault ?? null,
        reason,
        longest: LONGEST_REASON,
        asked: REASON_WORDS[language],
        hint: t.override.reasonHint,
        submit: t.override.submit,
      },
    };
  }

  function done({ language }: PageRequest, refusal: Refusal, came: { recordId: string; opened: boolean }): Page {
    const t = WORDS[language];
    const text = came.opened ? t.done.opened : t.done.notOpened;
    const record = `/records/${came.recordId}`;
    const data = { t, list: LIST, title: t.done.title, text, good: came.opened, record };
    return { title: t.done.title, view: 'refusals/ended', data: { ...data, refusal: shown(refusal, language) } };
  }

  function gone({ language }: PageRequest, objection: OverrideObjection): Page {
    const t = WORDS[language];
    const data = { t, list: LIST, title: t.goneTitle, text: t.objections[objection], good: false, record: null };
    return {
      title: t.goneTitle,
      view: 'refusals/ended',
      status: objection === 'UNKNOWN' ? 404 : 409,
      data: { ...data, refusal: null },
    };
  }

  return {
    name: 'refusals',
    views: join(import.meta.dirname, 'views'),
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

function shown(refusal: Refusal, language: Language) {
  const { recordId, verdict, scannedAt, gate, record, first, eTicket, overriddenBy, openedAt } = refusal;
  const t = WORDS[language];
  return {
    why: first?.unrecorded === true ? heldWords(first)[language] : VERDICTS[verdict][language],
    scannedAt: scannedAt.replace('T', ' '),
    startTime: record.startTime.replace('T', ' '),
    filmTicketCode: record.filmTicketCode,
    film: [record.screenName, record.filmName].filter((name) => name !== '').join(' ') || '–',
    seat: t.seat(record.rowNum, record.columnNum),
    gate,
    eTicket: eTicket === null ? null : t.eTicketAge(eTicket.ageSeconds),
    first: first === null ? null : firstWords(first, language),
    claim: first?.claimUrl ?? null,
    held: first?.unrecorded === true,
    again: (verdict === 'ALREADY_ENTERED' || first !== null) && first?.unrecorded !== true,
    overridden: overriddenBy === null ? null : (openedAt === null ? t.list.doneUnopened : t.list.done)(overriddenBy),
    override: pathWith(OVERRIDE, { scan: recordId }),
  };
}
