import { join } from 'node:path';
import {
  type InEachLanguage,
  type Language,
  type Page,
  type PageRequest,
  type PageSet,
  pathWith,
} from '@ticket-check/admin';
import { permits } from '@ticket-check/operators';
import {
  type CinemaCode,
  type CinemaKey,
  type RecordId,
  readTicketInHand,
  type TicketIdentity,
  ticketOfCode,
  VERDICTS,
} from '@ticket-check/protocol';
import type { Store } from '@ticket-check/storage';
import { firstWords, heldWords } from '../admission/entry-words.ts';
import type { FirstEntry } from '../admission/rules.ts';
import type { OverrideTables } from '../journal/refusals.ts';
import type { ScanTables } from '../journal/scan-tables.ts';
import type { AdmitAnyway } from '../override/override-refusal.ts';
import { type Cell, forPeople } from '../pages/ticket-pages.ts';

const zh = {
  title: '查票',
  intro: '扫描或输入二维码、电子影票、电影票编码或记录编号，查看这张票在本终端的扫描情况。',
  ticket: '二维码、电影票编码或记录编号',
  search: '查询',
  none: '本终端没有扫描过这张票。其他检票口的情况请在平台控制台查询。',
  unread: '无法识别：二维码不完整，或不是由已知公钥的影院生成。请重新扫描，或输入电影票编码。',
  columns: ['扫描时间', '检票口', '场次', '判定', '备注', '操作'],
  undecided: '未完成',
  notOpened: '闸机未打开',
  overriddenBy: (operator: string) => `由 ${operator} 人工放行`,
  letInLater: (operator: string) => `后由 ${operator} 人工放行`,
  override: '人工放行',
  claim: '在平台查看并归还占票',
};

const WORDS: InEachLanguage<typeof zh> = {
  zh,
  en: {
    title: 'Look up a ticket',
    intro:
      'Scan or enter a QR code, an e-ticket, a film ticket code or a RecordId to see how the ticket was scanned at this terminal.',
    ticket: 'QR code, film ticket code or RecordId',
    search: 'Search',
    none: 'This terminal has not scanned this ticket. Scans at other doors are on the console of the platform.',
    unread:
      'Not recognised: the code is incomplete, or no known key of its cinema opens it. Scan it again, or enter the film ticket code.',
    columns: ['Scanned', 'Gate', 'Session', 'Verdict', 'Remarks', 'Action'],
    undecided: 'not decided',
    notOpened: 'the gate did not open',
    overriddenBy: (operator) => `let in by ${operator}`,
    letInLater: (operator) => `then let in by ${operator}`,
    override: 'Let in',
    claim: 'See and release the claim',
  },
};

/** What identifies a ticket whose scans are searched. */
type AskedTicket = Partial<TicketIdentity> & { readonly recordId?: RecordId };

/** Selects the scans of a ticket at this terminal, latest first, on the connection of reports. */
export function selectScansOfTicket(
  store: Store<ScanTables & OverrideTables>,
  asked: AskedTicket,
  cinemas: readonly string[] | 'all',
  most: number,
) {
  let scans = store.reports
    .selectFrom('scan')
    .leftJoin('override', 'override.recordId', 'scan.recordId')
    .leftJoin('refusal', 'refusal.recordId', 'scan.recordId')
    .leftJoin('override as later', 'later.overrides', 'scan.recordId')
    .select([
      'scan.recordId',
      'scannedAt',
      'gate',
      'scan.verdict',
      'startTime',
      'openedAt',
      'override.operator as overriddenBy',
    ])
    // For refusals of today: whether they may still be overridden.
    .select(['refusal.recordId as kept', 'refusal.first', 'later.operator as letInBy'])
    .orderBy('sequence', 'desc')
    .limit(most);
  if (asked.recordId !== undefined) scans = scans.where('scan.recordId', '=', asked.recordId);
  if (asked.filmTicketCode !== undefined) scans = scans.where('filmTicketCode', '=', asked.filmTicketCode);
  if (asked.cinemaCode !== undefined) scans = scans.where('cinemaCode', '=', asked.cinemaCode);
  if (asked.startTime !== undefined) scans = scans.where('startTime', '=', asked.startTime);
  if (cinemas !== 'all') scans = scans.where('cinemaCode', 'in', cinemas);
  return scans;
}

const LOOKUP = '/lookup';
const OVERRIDE = '/refusals/override';
const MAX_SCANS = 50;

/** The page to look up a ticket, for staff at the door. Shows nothing before a search. */
export function lookupPages({
  store,
  keysOf,
  admitAnyway,
}: {
  store: Store<ScanTables & OverrideTables>;
  keysOf: (cinemaCode: CinemaCode) => Promise<readonly CinemaKey[]>;
  admitAnyway: Pick<AdmitAnyway, 'now' | 'find'>;
}): PageSet {
  /** Reads what identifies a ticket; null if the text names none that this terminal can know. */
  async function ticketIn(text: string): Promise<AskedTicket | null> {
    const inHand = readTicketInHand(text);
    switch (inHand?.kind) {
      case 'code':
        return ticketOfCode(inHand.code, await keysOf(inHand.cinemaCode), admitAnyway.now());
      case 'record':
        return { recordId: inHand.recordId };
      case 'number':
        return { filmTicketCode: inHand.filmTicketCode };
      default:
        return null;
    }
  }

  const mayLetIn = async (recordId: string) => typeof (await admitAnyway.find(recordId)) !== 'string';

  async function lookupPage({ language, query, operator }: PageRequest): Promise<Page> {
    const t = WORDS[language];
    const asked = (query.get('ticket') ?? '').trim();
    const ticket = asked === '' ? null : await ticketIn(asked);
    const found =
      ticket === null ? [] : await selectScansOfTicket(store, ticket, operator.cinemaCodes, MAX_SCANS).execute();
    const refused = permits(operator.role, 'entries.override') ? found.filter(({ kept }) => kept !== null) : [];
    const letIn = new Set<string>();
    for (const { recordId } of refused) if (await mayLetIn(recordId)) letIn.add(recordId);
    return {
      title: t.title,
      view: 'lookup/lookup',
      data: {
        t,
        path: LOOKUP,
        asked,
        none: ticket === null ? t.unread : t.none,
        heads: t.columns,
        rows: found.map((scan) => rowOf(scan, letIn.has(scan.recordId), language)),
      },
    };
  }

  return {
    name: 'lookup',
    views: join(import.meta.dirname, 'views'),
    menu: { path: LOOKUP, label: { zh: WORDS.zh.title, en: WORDS.en.title }, permission: 'records.read' },
    pages: [{ method: 'get', path: LOOKUP, access: 'records.read', handler: lookupPage }],
  };
}

/** The link from the console back to the kiosk page, which ends the login. @param port that of the service */
export function kioskLink({ port }: { port: number }): PageSet {
  return {
    name: 'to-kiosk',
    menu: { path: '/kiosk', label: { zh: '返回检票页面', en: 'Back to the kiosk' }, permission: 'records.read' },
    pages: [
      {
        method: 'get',
        path: '/kiosk',
        access: 'records.read',
        // Use the host under which the browser opened the console.
        async handler({ host }) {
          return { redirect: `https://${new URL(`https://${host}`).hostname}:${port}/kiosk` };
        },
      },
    ],
  };
}

type FoundScan = Awaited<ReturnType<ReturnType<typeof selectScansOfTicket>['execute']>>[number];

function rowOf(scan: FoundScan, mayLetIn: boolean, language: Language): Cell[] {
  const t = WORDS[language];
  const { recordId, verdict, startTime, overriddenBy, letInBy } = scan;
  const first = scan.first === null ? null : (JSON.parse(scan.first) as FirstEntry);
  const known: Readonly<Record<string, { zh: string; en: string }>> = VERDICTS;
  const verdictWords = verdict === null ? t.undecided : (known[verdict]?.[language] ?? verdict);
  const remarks = [
    overriddenBy === null ? '' : t.overriddenBy(overriddenBy),
    verdict === 'ADMIT' && scan.openedAt === null ? t.notOpened : '',
    first === null ? '' : firstWords(first, language),
    letInBy === null ? '' : t.letInLater(letInBy),
  ];
  const links = [
    ...(first?.claimUrl === undefined ? [] : [{ href: first.claimUrl, text: t.claim, isAway: true }]),
    ...(mayLetIn ? [{ href: pathWith(OVERRIDE, { scan: recordId }), text: t.override }] : []),
  ];
  return [
    forPeople(scan.scannedAt),
    scan.gate,
    startTime === null ? '' : forPeople(startTime).slice(0, 16),
    first?.unrecorded === true ? heldWords(first)[language] : verdictWords,
    remarks.filter(Boolean).join(' · '),
    links.length === 0 ? '' : { links, of: forPeople(scan.scannedAt) },
  ];
}
