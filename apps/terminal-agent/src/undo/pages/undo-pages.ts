import { join } from 'node:path';
import { tryOperation } from '@ticket-check/operators/login';
import { type RecordId, wallClockAt } from '@ticket-check/protocol';
import type { Service } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
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
} from '@ticket-check/web-kit';
import { uuidv7 } from 'uuidv7';
import type { TerminalTables } from '../../migrations.ts';
import { type StandingEntry, standingEntries, undoEntry } from '../undo-entry.ts';
import { WORDS } from './words.ts';

const SHOWN = 50;
const LIST = '/entries';
const UNDO = '/entries/undo';

/** Pages of the last entries at this terminal, for supervisors to undo one whose guest did not go in. Reading R9. */
export function undoPages(
  { now, logger }: Pick<Service, 'now' | 'logger'>,
  { store, wake }: { store: Store<TerminalTables>; wake: () => void },
): PageSet {
  async function list({ language }: PageRequest): Promise<Page> {
    const t = WORDS[language];
    const entries = (await standingEntries(store.db, { most: SHOWN })).map((entry) => shown(entry, language));
    return { title: t.list.title, view: 'entries/list', data: { t, entries } };
  }

  async function find({ query }: PageRequest): Promise<StandingEntry | null> {
    const [entry] = await standingEntries(store.db, { recordId: query.get('record') ?? '' });
    return entry ?? null;
  }

  async function confirm(request: PageRequest): Promise<Page> {
    const entry = await find(request);
    return entry === null ? ended(request, null) : confirmation(request, entry);
  }

  async function undo(request: SetRequest): Promise<Page> {
    const { operator, address } = request;
    const entry = await find(request);
    if (entry === null) return ended(request, null);
    const { reason, refused } = await askedReason(request);
    if (refused !== null) return confirmation(request, entry, { ...refused, reason });
    const { recordId } = entry;
    const by = { recordId: uuidv7() as RecordId, at: wallClockAt(now()) };
    const operation = { name: 'entries undo', actor: operator.username, from: address, now };
    const undone = await tryOperation(
      store,
      { ...operation, what: { reason, recordId } },
      (within) => undoEntry({ db: within.db, store: within }, recordId, by),
      (before) => ({ before }),
    );
    if (undone === null) return ended(request, null);
    logger.warn({ reason, recordId, operator: operator.username }, 'a supervisor undid an entry');
    wake();
    return ended(request, undone);
  }

  function confirmation(
    { language }: PageRequest,
    entry: StandingEntry,
    { fault, reason = '', ...answer }: Answer & { reason?: string } = {},
  ): Page {
    const t = WORDS[language];
    const { undo: action, ...told } = shown(entry, language);
    return {
      title: t.undo.title,
      view: 'entries/undo',
      status: fault === undefined ? 200 : 400,
      ...answer,
      data: {
        t,
        list: LIST,
        entry: told,
        action,
        fault: fault ?? null,
        reason,
        longest: LONGEST_REASON,
        asked: REASON_WORDS[language],
        hint: t.undo.reasonHint,
        submit: t.undo.submit,
      },
    };
  }

  function ended({ language }: PageRequest, undone: StandingEntry | null): Page {
    const t = WORDS[language];
    const [title, text] = undone === null ? [t.undone.goneTitle, t.undone.goneText] : [t.undone.title, t.undone.text];
    return {
      title,
      view: 'entries/undone',
      status: undone === null ? 410 : 200,
      data: { t, list: LIST, title, text, entry: undone === null ? null : shown(undone, language) },
    };
  }

  return {
    name: 'entries',
    views: join(import.meta.dirname, 'views'),
    menu: {
      path: LIST,
      label: { zh: WORDS.zh.list.title, en: WORDS.en.list.title },
      permission: 'entries.undo',
    },
    pages: [
      { method: 'get', path: LIST, access: 'entries.undo', handler: list },
      { method: 'get', path: UNDO, access: 'entries.undo', handler: confirm },
      { method: 'post', path: UNDO, access: 'entries.undo', handler: undo },
    ],
  };
}

function shown(entry: StandingEntry, language: Language) {
  return {
    filmTicketCode: entry.filmTicketCode,
    checkTime: entry.checkTime.replace('T', ' '),
    film: [entry.screenName, entry.filmName].filter((name) => name !== '').join(' ') || '–',
    seat: WORDS[language].seat(entry.rowNum, entry.columnNum),
    gate: entry.gate,
    undo: pathWith(UNDO, { record: entry.recordId }),
  };
}
