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
import { type CinemaCode, type CinemaKey, readTicketInHand, ticketOfCode } from '@ticket-check/protocol';
import type { Store } from '@ticket-check/storage';
import type { OverrideTables } from '../journal/refusals.ts';
import type { ScanTables } from '../journal/scan-tables.ts';
import type { AdmitAnyway } from '../override/override-refusal.ts';
import { type AskedTicket, type FoundScan, firstOf, scanHeads, scanRow, selectScans } from '../pages/scan-rows.ts';
import { type Cell, forPeople } from '../pages/ticket-pages.ts';

const zh = {
  title: '查票',
  intro: '扫描或输入二维码、电子影票、电影票编码或记录编号，查看这张票在本终端的扫描情况。',
  ticket: '二维码、电影票编码或记录编号',
  search: '查询',
  none: '本终端没有扫描过这张票。其他检票口的情况请在平台控制台查询。',
  unread: '无法识别：二维码不完整，或不是由已知公钥的影院生成。请重新扫描，或输入电影票编码。',
  action: '操作',
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
    action: 'Action',
    override: 'Let in',
    claim: 'See and release the claim',
  },
};

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
    const found = ticket === null ? [] : await selectScans(store, ticket, operator.cinemaCodes, MAX_SCANS).execute();
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
        heads: [...scanHeads(language), t.action],
        rows: found.map((scan) => [...scanRow(scan, language), actionsOn(scan, letIn.has(scan.recordId), language)]),
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

/** What can be done about a scan: release the claim that refused it at the platform, or let its guest in. */
function actionsOn(scan: FoundScan, mayLetIn: boolean, language: Language): Cell {
  const t = WORDS[language];
  const claimUrl = firstOf(scan)?.claimUrl;
  const links = [
    ...(claimUrl === undefined ? [] : [{ href: claimUrl, text: t.claim, isAway: true }]),
    ...(mayLetIn ? [{ href: pathWith(OVERRIDE, { scan: scan.recordId }), text: t.override }] : []),
  ];
  return links.length === 0 ? '' : { links, of: forPeople(scan.scannedAt) };
}
