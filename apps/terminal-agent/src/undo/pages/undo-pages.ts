import { join } from 'node:path';
import {
  type Answer,
  askedReason,
  type InEachLanguage,
  type Language,
  LONGEST_REASON,
  type Page,
  type PageRequest,
  type PageSet,
  pathWith,
  REASON_WORDS,
  type SetRequest,
} from '@ticket-check/admin';
import { type Operator, tryOperation } from '@ticket-check/operators';
import { type RecordId, wallClockAt } from '@ticket-check/protocol';
import type { Service } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import { uuidv7 } from 'uuidv7';
import type { TerminalTables } from '../../migrations.ts';
import { entryJson, type StandingEntry, standingEntries, undoEntry } from '../undo-entry.ts';

const zh = {
  list: {
    title: '最近入场',
    intro: '本终端最近放行的观众。放行后并未进场的，由值班经理在此撤销。',
    none: '本终端没有有效的入场。',
    choose: '撤销',
  },
  columns: { time: '检票时间', film: '影片', seat: '座位', ticket: '电影票编码', gate: '检票口', action: '操作' },
  undo: {
    title: '撤销入场',
    what: '仅当这位观众没有进场时才可撤销。',
    whatUnpassed: '闸机传感器没有检测到这位观众通过。请确认观众仍在场外，再撤销。',
    consequences: [
      '此票可以再次使用：下一个持此票的人会被放行。',
      '检票记录不会删除；撤销写入操作记录，并报给上级平台。',
      '上级平台不支持撤销时，这次入场在那里仍然有效。',
    ],
    reasonHint: '写给以后查问的人，例如：闸机未转动，观众离开。',
    submit: '撤销这次入场',
  },
  undone: {
    title: '已撤销',
    text: '这次入场已撤销，此票可以再次使用。',
    goneTitle: '没有这次入场',
    goneText: '它已被撤销，观众随后已通过闸机，或不是本终端放行的。',
    back: '回到最近入场',
    backToGates: '回到闸机',
  },
  seat: (row: number, column: number) => (row > 0 && column > 0 ? `${row}排${column}座` : '–'),
};

const WORDS: InEachLanguage<typeof zh> = {
  zh,
  en: {
    list: {
      title: 'Last entries',
      intro:
        'The guests that this terminal admitted last. A supervisor can undo an entry here if the guest did not go in.',
      none: 'This terminal has no entries.',
      choose: 'Undo',
    },
    columns: { time: 'Checked at', film: 'Film', seat: 'Seat', ticket: 'Ticket code', gate: 'Gate', action: 'Action' },
    undo: {
      title: 'Undo an entry',
      what: 'Undo it only if this guest did not go in.',
      whatUnpassed:
        'The sensor of the gate saw nobody go through. Make sure that the guest is outside before you undo.',
      consequences: [
        'The ticket may be used again: the next person with it is let in.',
        'The check record is not deleted. The undo is recorded in the audit and reported to the platform above.',
        'If the platform above cannot undo entries, the entry remains there.',
      ],
      reasonHint: 'For later questions, such as: the turnstile did not turn, the guest left.',
      submit: 'Undo this entry',
    },
    undone: {
      title: 'Undone',
      text: 'The entry is undone, and the ticket may be used again.',
      goneTitle: 'There is no such entry',
      goneText: 'It was already undone, the guest went through after all, or this terminal did not admit them.',
      back: 'Back to the last entries',
      backToGates: 'Back to the gates',
    },
    seat: (row, column) => (row > 0 && column > 0 ? `row ${row}, seat ${column}` : '–'),
  },
};

const SHOWN = 50;
const LIST = '/entries';
const UNDO = '/entries/undo';
const UNDO_UNPASSED = '/entries/undo-unpassed';
const GATES = '/gates';

/** Who may undo which entries: a supervisor any, an usher those whose guest the gate sensor did not see. */
type Way = {
  readonly path: string;
  readonly access: 'entries.undo' | 'entries.undo-unpassed';
  readonly unpassedAlone: boolean;
  /** The page to return to. */
  readonly list: string;
};
const BY_SUPERVISOR: Way = { path: UNDO, access: 'entries.undo', unpassedAlone: false, list: LIST };
const BY_USHER: Way = { path: UNDO_UNPASSED, access: 'entries.undo-unpassed', unpassedAlone: true, list: GATES };

/** Lists entries of some cinemas whose guests the gate sensors did not see, with the page that undoes each. */
export function unpassedToUndo(store: Store<TerminalTables>) {
  return async (language: Language, cinemaCodes: Operator['cinemaCodes']) =>
    (await standingEntries(store.reports, { most: SHOWN, cinemaCodes, unpassedAlone: true })).map((entry) =>
      shown(entry, language, UNDO_UNPASSED),
    );
}

/**
 * Pages of the last entries at this terminal. A supervisor may undo any whose guest did not go in; an usher those whose guest the
 * gate sensor did not see. Reading R9.
 */
export function undoPages(
  { now, logger }: Pick<Service, 'now' | 'logger'>,
  { store, wake }: { store: Store<TerminalTables>; wake: () => void },
): PageSet {
  const load = (cinemaCodes: Operator['cinemaCodes']) => standingEntries(store.reports, { most: SHOWN, cinemaCodes });

  async function list({ language, operator }: PageRequest): Promise<Page> {
    const t = WORDS[language];
    const entries = (await load(operator.cinemaCodes)).map((entry) => shown(entry, language, UNDO));
    const follows = { asOf: wallClockAt(now()).replace('T', ' '), again: LIST };
    return { title: t.list.title, view: 'entries/list', follows, data: { t, entries } };
  }

  async function confirm(
    request: PageRequest,
    way: Way,
    answer: Answer & { reason?: string | undefined } = {},
  ): Promise<Page> {
    const which = {
      recordId: request.query.get('record') ?? '',
      cinemaCodes: request.operator.cinemaCodes,
      unpassedAlone: way.unpassedAlone,
    };
    const [entry] = await standingEntries(store.db, which);
    return entry === undefined ? ended(request, way, null) : confirmation(request, way, entry, answer);
  }

  async function undo(request: SetRequest, way: Way): Promise<Page> {
    const { operator, address, query } = request;
    const { unpassedAlone } = way;
    const { reason, refused } = await askedReason(request);
    if (refused !== null) return confirm(request, way, { ...refused, reason });
    const recordId = query.get('record') ?? '';
    const { cinemaCodes } = operator;
    const by = { recordId: uuidv7() as RecordId, at: wallClockAt(now()), cinemaCodes, unpassedAlone };
    const operation = { name: 'entries undo', actor: operator.username, from: address, now };
    const undone = await tryOperation(
      store,
      { ...operation, what: { reason, recordId, ...(unpassedAlone && { unpassed: true }) } },
      (within) => undoEntry({ db: within.db, store: within }, recordId, by),
      (before) => ({ before: entryJson(before) }),
    );
    if (undone === null) return ended(request, way, null);
    logger.warn({ reason, recordId, operator: operator.username, unpassed: unpassedAlone }, 'undid an entry');
    wake();
    return ended(request, way, undone);
  }

  function confirmation(
    { language }: PageRequest,
    { path, unpassedAlone, list }: Way,
    entry: StandingEntry,
    { fault, reason = '', ...answer }: Answer & { reason?: string | undefined },
  ): Page {
    const t = WORDS[language];
    const { undo: action, ...told } = shown(entry, language, path);
    return {
      title: t.undo.title,
      view: 'entries/undo',
      status: fault === undefined ? 200 : 400,
      ...answer,
      data: {
        t,
        list,
        what: unpassedAlone ? t.undo.whatUnpassed : t.undo.what,
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

  function ended({ language }: PageRequest, { list, path }: Way, undone: StandingEntry | null): Page {
    const t = WORDS[language];
    const back = list === GATES ? t.undone.backToGates : t.undone.back;
    const [title, text] = undone === null ? [t.undone.goneTitle, t.undone.goneText] : [t.undone.title, t.undone.text];
    return {
      title,
      view: 'entries/undone',
      status: undone === null ? 410 : 200,
      data: { t, list, back, title, text, entry: undone === null ? null : shown(undone, language, path) },
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
      ...[BY_SUPERVISOR, BY_USHER].flatMap(
        (way): NonNullable<PageSet['pages']> => [
          { method: 'get', path: way.path, access: way.access, handler: (request) => confirm(request, way) },
          { method: 'post', path: way.path, access: way.access, handler: (request) => undo(request, way) },
        ],
      ),
    ],
  };
}

function shown(entry: StandingEntry, language: Language, undoPath: string) {
  return {
    filmTicketCode: entry.filmTicketCode,
    checkTime: entry.checkTime.replace('T', ' '),
    film: [entry.screenName, entry.filmName].filter((name) => name !== '').join(' ') || '–',
    seat: WORDS[language].seat(entry.rowNum, entry.columnNum),
    gate: entry.gate,
    undo: pathWith(undoPath, { record: entry.recordId }),
  };
}
