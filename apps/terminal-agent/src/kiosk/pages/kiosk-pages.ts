import { join } from 'node:path';
import { type Page, type PageRequest, type PageSet, pathWith } from '@ticket-check/admin';
import { permits } from '@ticket-check/operators';
import { type CinemaCode, type CinemaKey, readTicketInHand, ticketOfCode, VERDICTS } from '@ticket-check/protocol';
import type { Store } from '@ticket-check/storage';
import { firstWords } from '../../admission/first-words.ts';
import { heldWords } from '../../admission/held-words.ts';
import type { FirstEntry } from '../../admission/rules.ts';
import type { OverrideTables } from '../../journal/override-tables.ts';
import type { ScanTables } from '../../journal/scan-tables.ts';
import type { AdmitAnyway } from '../../override/admit-anyway.ts';
import { type AskedTicket, selectScansOfTicket } from './scans-of-ticket.ts';
import { WORDS } from './words.ts';

const LOOKUP = '/lookup';
/** The page where a supervisor overrides a refusal. */
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

  /** Whether a supervisor may override the refusal of a scan now. */
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
        scans:
          asked === ''
            ? null
            : found.map(({ recordId, scannedAt, gate, startTime, openedAt, overriddenBy, letInBy, ...scan }) => {
                const first = scan.first === null ? null : (JSON.parse(scan.first) as FirstEntry);
                const verdict =
                  first?.unrecorded === true ? heldWords(first)[language] : wordsOf(scan.verdict, language);
                return {
                  time: forPeople(scannedAt),
                  gate,
                  session: startTime === null ? '' : forPeople(startTime).slice(0, 16),
                  verdict: verdict ?? t.undecided,
                  besides: [
                    overriddenBy === null ? '' : t.overriddenBy(overriddenBy),
                    scan.verdict === 'ADMIT' && openedAt === null ? t.notOpened : '',
                    first === null ? '' : firstWords(first, language),
                    letInBy === null ? '' : t.letInLater(letInBy),
                  ]
                    .filter(Boolean)
                    .join(' · '),
                  claim: first?.claimUrl ?? null,
                  override: letIn.has(recordId) ? pathWith(OVERRIDE, { scan: recordId }) : null,
                };
              }),
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

function wordsOf(verdict: string | null, language: 'zh' | 'en'): string | null {
  if (verdict === null) return null;
  const known: Readonly<Record<string, { zh: string; en: string }>> = VERDICTS;
  return known[verdict]?.[language] ?? verdict;
}

const forPeople = (time: string): string => time.replace('T', ' ');
