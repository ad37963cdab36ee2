import {
  type Answer,
  askedReason,
  type InEachLanguage,
  type Language,
  type Page,
  type PageRequest,
  type PageSet,
  pathWith,
  type SetRequest,
} from '@ticket-check/admin';
import { type Operator, tryOperation } from '@ticket-check/operators';
import { type RecordId, wallClockAt } from '@ticket-check/protocol';
import type { Service } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import { uuidv7 } from 'uuidv7';
import type { TerminalTables } from '../migrations.ts';
import { endedPage, filmOf, forPeople, reasonPage, seatOf, type Table, TICKET_VIEWS } from '../pages/ticket-pages.ts';
import { entryJson, type StandingEntry, standingEntries, undoEntry } from './undo-entry.ts';

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
  },
};

const SHOWN = 50;
const LIST = '/entries';

/** Who may undo which entries: a supervisor any, an usher those whose guest the gate sensor did not see. */
type Way = {
  readonly path: string;
  readonly access: 'entries.undo' | 'entries.undo-unpassed';
  readonly unpassedAlone: boolean;
  /** The page to return to. */
  readonly list: string;
};
const BY_SUPERVISOR: Way = { path: '/entries/undo', access: 'entries.undo', unpassedAlone: false, list: LIST };
const BY_USHER: Way = {
  ...{ path: '/entries/undo-unpassed', access: 'entries.undo-unpassed' },
  ...{ unpassedAlone: true, list: '/gates' },
};

/** Loads the entries of some cinemas whose guests the gate sensors did not see, as a table with the page that undoes each. */
export function unpassedToUndo(store: Store<TerminalTables>) {
  return async (language: Language, cinemaCodes: Operator['cinemaCodes']): Promise<Table> =>
    tableOf(
      await standingEntries(store.reports, { most: SHOWN, cinemaCodes, unpassedAlone: true }),
      language,
      BY_USHER.path,
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
    const { title, intro, none } = WORDS[language].list;
    const table = tableOf(await load(operator.cinemaCodes), language, BY_SUPERVISOR.path);
    const follows = { asOf: forPeople(wallClockAt(now())), again: LIST };
    return { title, view: 'entries/list', follows, data: { intros: [intro], none, ...table } };
  }

  async function confirm(
    request: PageRequest,
    way: Way,
    answer: Answer & { reason?: string | undefined } = {},
  ): Promise<Page> {
    const { language, operator, query } = request;
    const { unpassedAlone } = way;
    const recordId = query.get('record') ?? '';
    const which = { recordId, cinemaCodes: operator.cinemaCodes, unpassedAlone };
    const [entry] = await standingEntries(store.db, which);
    if (entry === undefined) return ended(request, way, null);
    const { title, what, whatUnpassed, consequences, reasonHint: hint, submit } = WORDS[language].undo;
    const action = pathWith(way.path, { record: recordId });
    const asked = {
      title,
      what: unpassedAlone ? whatUnpassed : what,
      consequences,
      hint,
      submit,
      action,
      list: way.list,
    };
    return reasonPage(request, { ...asked, facts: factsOf(entry, language) }, answer);
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

  return {
    name: 'entries',
    views: TICKET_VIEWS,
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

function ended({ language }: PageRequest, { list, unpassedAlone }: Way, undone: StandingEntry | null): Page {
  const t = WORDS[language].undone;
  const links = [{ href: list, text: unpassedAlone ? t.backToGates : t.back }];
  if (undone === null) {
    return endedPage({ title: t.goneTitle, status: 410, text: t.goneText, tone: '', facts: [], links });
  }
  return endedPage({ title: t.title, text: t.text, tone: 'good', facts: factsOf(undone, language), links });
}

function factsOf(entry: StandingEntry, language: Language): [name: string, value: string][] {
  const { columns } = WORDS[language];
  return [
    [columns.time, forPeople(entry.checkTime)],
    [columns.film, filmOf(entry)],
    [columns.seat, seatOf(entry, language)],
    [columns.ticket, entry.filmTicketCode],
    [columns.gate, entry.gate],
  ];
}

function tableOf(entries: readonly StandingEntry[], language: Language, undoPath: string): Table {
  const { columns, list } = WORDS[language];
  return {
    heads: Object.values(columns),
    rows: entries.map((entry) => [
      forPeople(entry.checkTime),
      filmOf(entry),
      seatOf(entry, language),
      { code: entry.filmTicketCode },
      entry.gate,
      {
        links: [{ href: pathWith(undoPath, { record: entry.recordId }), text: list.choose }],
        of: entry.filmTicketCode,
      },
    ]),
  };
}
