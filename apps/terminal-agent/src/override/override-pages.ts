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
import { mayOperateFor, type Operator, tryOperation } from '@ticket-check/operators';
import { VERDICTS } from '@ticket-check/protocol';
import type { Service } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import { firstWords, heldWords } from '../admission/entry-words.ts';
import type { OverrideObjection } from '../admission/rules.ts';
import { lastRefusals, type Refusal } from '../journal/refusals.ts';
import type { TerminalTables } from '../migrations.ts';
import { type Cell, endedPage, filmOf, forPeople, reasonPage, seatOf } from '../pages/ticket-pages.ts';
import { type AdmitAnyway, OBJECTIONS, overriddenJson, overrideRefusal, refusalJson } from './override-refusal.ts';

const zh = {
  list: {
    title: '最近拒绝',
    intro: '本终端今天拒绝的影票。值班经理核实后可以人工放行一位观众，须写明原因。',
    not: '读不出、非本影院、无效或没有公钥的票码没有影票数据，不能人工放行；终端时钟异常时也不能。',
    none: '今天没有可以人工放行的拒绝。',
    choose: '人工放行',
    done: (operator: string) => `已由 ${operator} 放行`,
    doneUnopened: (operator: string) =>
      `已由 ${operator} 放行，但不知闸门是否打开：请人工放观众入场；观众未入场的，请在“最近入场”中撤销`,
  },
  columns: {
    time: '扫码时间',
    why: '拒绝原因',
    film: '影片',
    seat: '座位',
    ticket: '电影票编码',
    start: '放映时间',
    gate: '检票口',
    first: '此前入场或占用',
    eTicket: '电子影票',
    action: '操作',
  },
  override: {
    title: '人工放行',
    what: '这张票被拒绝。仅当您已核实这位观众应当入场时才可放行。',
    again: '此票已有人入场：放行后同一张票入场两次，报表中计为重复入场，并注明由您放行。',
    held: '此票被占用，但没有入场记录：先到占用的检票口核实。观众没有入场的，在平台归还占票后重新扫码；也可以在这里放行，另一终端补报入场时计为重复入场。',
    claim: '在平台查看并归还占票',
    consequences: [
      '闸门打开，产生一条新的检票记录并报送上级平台。',
      '您的姓名、原因和原拒绝写入操作记录与检票记录，不会删除。',
      '此后再扫此票仍会被拒绝，也不会开闸。',
    ],
    reasonHint: '写给以后查问的人，例如：已与售票处核对，观众刚出来接电话。',
    submit: '放行这位观众',
  },
  done: {
    title: '已放行',
    opened: '检票记录已保存，请观众入场。',
    notOpened: '检票记录已保存，但闸门没有打开：请人工放观众入场。',
    record: '查看检票记录',
    back: '回到最近拒绝',
  },
  goneTitle: '不能人工放行',
  eTicketAge(seconds: number) {
    const age = Math.abs(seconds) < 120 ? `${Math.abs(seconds)} 秒` : `${Math.floor(Math.abs(seconds) / 60)} 分钟`;
    return seconds < 0 ? `校验时间比扫码超前 ${age}` : `扫码前 ${age}校验`;
  },
};

const WORDS: InEachLanguage<typeof zh> = {
  zh,
  en: {
    list: {
      title: 'Last refusals',
      intro:
        'Tickets that this terminal refused today. A supervisor who has looked into it lets one guest in here, with a reason.',
      not: 'A code that could not be read, is of another cinema, not genuine or without a key holds no ticket to make a record of, and cannot be let in here; neither can anybody while the clock is wrong.',
      none: 'Nothing was refused today that could be let in.',
      choose: 'Let in',
      done: (operator) => `let in by ${operator}`,
      doneUnopened: (operator) =>
        `let in by ${operator}; the gate is not known to have opened: let the guest in by hand, or undo it under Last entries if they did not go in`,
    },
    columns: {
      time: 'Scanned at',
      why: 'Refused because',
      film: 'Film',
      seat: 'Seat',
      ticket: 'Ticket code',
      start: 'Session',
      gate: 'Gate',
      first: 'Went in or held before',
      eTicket: 'E-ticket',
      action: 'Action',
    },
    override: {
      title: 'Let a guest in',
      what: 'This ticket was refused. Let the guest in only if you have made sure that they belong inside.',
      again:
        'A guest already entered with this ticket: it will have two entries, which reports count as a double and show as your decision.',
      held: 'Another terminal holds this ticket, and no entry is recorded. Ask at that door first. If nobody went in, release the claim at the platform and scan again. You may also let the guest in here: it is a double if that terminal still reports an entry.',
      claim: 'See and release the claim',
      consequences: [
        'The gate opens, and a new check record is made and sent to the platform above.',
        'Your name, the reason and the refusal are in the audit and with the check record, and are never deleted.',
        'The next guest with this ticket is refused, even if the gate did not open this time.',
      ],
      reasonHint: 'For later questions, such as: confirmed by the box office, or the guest had stepped out for a call.',
      submit: 'Let this guest in',
    },
    done: {
      title: 'Let in',
      opened: 'The check record is kept: the guest may go in.',
      notOpened: 'The check record is kept, and the gate did not open: let the guest in by hand.',
      record: 'Show the check record',
      back: 'Back to the last refusals',
    },
    goneTitle: 'This cannot be let in',
    eTicketAge(seconds) {
      const age = Math.abs(seconds) < 120 ? `${Math.abs(seconds)} s` : `${Math.floor(Math.abs(seconds) / 60)} min`;
      return seconds < 0 ? `its time is ${age} after the scan` : `verified ${age} before the scan`;
    },
  },
};

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
    const { goneTitle: title, done } = WORDS[language];
    const status = objection === 'UNKNOWN' ? 404 : 409;
    const links = [{ href: LIST, text: done.back }];
    return endedPage({ title, status, text: OBJECTIONS[objection][language], tone: 'bad', facts: [], links });
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
  const settled = objection === null ? { links: [action], of: record.filmTicketCode } : OBJECTIONS[objection][language];
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
