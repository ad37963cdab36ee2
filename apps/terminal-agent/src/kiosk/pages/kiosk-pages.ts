import { join } from 'node:path';
import { permits } from '@ticket-check/operators/login';
import { VERDICTS } from '@ticket-check/protocol';
import type { Store } from '@ticket-check/storage';
import { type Page, type PageRequest, type PageSet, pathWith } from '@ticket-check/web-kit';
import type { OverrideTables } from '../../journal/override-tables.ts';
import type { ScanTables } from '../../journal/scan-tables.ts';
import { selectScansOfTicket } from './scans-of-ticket.ts';
import { WORDS } from './words.ts';

const LOOKUP = '/lookup';
/** The page where a supervisor lets the guest of a refused scan in. */
const OVERRIDE = '/refusals/override';
const MAX_SCANS = 50;

/** Looking up a ticket, for staff who stand before a guest. Nothing is shown before something was searched for. */
export function lookupPages({ store }: { store: Store<ScanTables & OverrideTables> }): PageSet {
  async function lookupPage({ language, query, operator }: PageRequest): Promise<Page> {
    const t = WORDS[language];
    const mayOverride = permits(operator.role, 'entries.override');
    const asked = (query.get('ticket') ?? '').trim();
    const found =
      asked === '' ? null : await selectScansOfTicket(store, asked, operator.cinemaCodes, MAX_SCANS).execute();
    return {
      title: t.title,
      view: 'lookup/lookup',
      data: {
        t,
        path: LOOKUP,
        asked,
        scans:
          found?.map(({ recordId, scannedAt, gate, verdict, startTime, openedAt, overriddenBy, kept, letInBy }) => ({
            time: forPeople(scannedAt),
            gate,
            session: startTime === null ? '' : forPeople(startTime).slice(0, 16),
            verdict: verdict === null ? t.undecided : wordsOf(verdict, language),
            besides: [
              overriddenBy === null ? '' : t.overriddenBy(overriddenBy),
              verdict === 'ADMIT' && openedAt === null ? t.notOpened : '',
              letInBy === null ? '' : t.letInLater(letInBy),
            ]
              .filter(Boolean)
              .join(' · '),
            override: mayOverride && kept !== null && letInBy === null ? pathWith(OVERRIDE, { scan: recordId }) : null,
          })) ?? null,
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

/** The way back from the console to the kiosk page, which ends the login. @param port that of the service */
export function kioskLink({ port }: { port: number }): PageSet {
  return {
    name: 'to-kiosk',
    menu: { path: '/kiosk', label: { zh: '返回检票页面', en: 'Back to the kiosk' }, permission: 'records.read' },
    pages: [
      {
        method: 'get',
        path: '/kiosk',
        access: 'records.read',
        // At the host by which the browser has the console.
        async handler({ host }) {
          return { redirect: `https://${new URL(`https://${host}`).hostname}:${port}/kiosk` };
        },
      },
    ],
  };
}

function wordsOf(verdict: string, language: 'zh' | 'en'): string {
  const known: Readonly<Record<string, { zh: string; en: string }>> = VERDICTS;
  return known[verdict]?.[language] ?? verdict;
}

const forPeople = (time: string): string => time.replace('T', ' ');
