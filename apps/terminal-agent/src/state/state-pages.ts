import { join } from 'node:path';
import type { JsonRequest, Page, PageRequest, PageSet } from '@ticket-check/admin';
import {
  businessDate,
  businessDay,
  type CinemaCode,
  reportTerminalStateQueryJson,
  type TerminalState,
  type WallClock,
} from '@ticket-check/protocol';
import { countKinds, SCAN_KINDS } from '@ticket-check/protocol/scan-kinds';
import { type Advice, adviceJson, adviceOn, adviceWords, deviceJson } from '@ticket-check/protocol/terminal-advice';
import type { Store } from '@ticket-check/storage';
import type { OverrideTables } from '../journal/refusals.ts';
import { scanReports } from '../journal/report-scans.ts';
import type { ScanTables } from '../journal/scan-tables.ts';
import { scanHeads, scanRow, selectScans, verdictWords } from '../pages/scan-rows.ts';
import { forPeople } from '../pages/ticket-pages.ts';
import type { OwnState } from './own-state.ts';
import { type StateWords, WORDS } from './words.ts';

const PATH = '/state';
const LAST_SCANS = 20;

type Options = {
  store: Store<ScanTables & OverrideTables>;
  ownState: OwnState;
  /** Whether a platform above is set. */
  hasUpstream: () => Promise<boolean>;
  /** Seconds since its last answer; null for never. */
  lastContactSeconds: () => Promise<number | null>;
  /** The clock that scans use. */
  clock: { now(): WallClock };
};

/** The page of this terminal: its state, what to do, and today's scans. Scheme 5.2.9. */
export function statePages({ store, ownState, hasUpstream, lastContactSeconds, clock }: Options): PageSet {
  const reports = scanReports(store);

  async function adviceNow(): Promise<{ state: TerminalState; advice: readonly Advice[]; isSet: boolean }> {
    const [state, isSet] = await Promise.all([ownState(), hasUpstream()]);
    const here = { heardSecondsAgo: 0, isHeardToday: true, hasOtherStore: false, hasUpstream: isSet };
    return { state, advice: adviceOn({ state, ...here }), isSet };
  }

  /** Counts today's scans of the permitted cinemas by gate and verdict. */
  async function countToday(cinemas: readonly CinemaCode[] | 'all') {
    const day = businessDay(businessDate(clock.now()));
    return reports.dayRows({ ...day, cinemaCode: cinemas === 'all' ? undefined : cinemas });
  }

  async function show({ language, operator }: PageRequest): Promise<Page> {
    const words = WORDS[language];
    const [{ state, advice, isSet }, counts, last, contact] = await Promise.all([
      adviceNow(),
      countToday(operator.cinemaCodes),
      selectScans(store, {}, operator.cinemaCodes, LAST_SCANS).execute(),
      lastContactSeconds(),
    ]);
    const now = clock.now();
    return {
      title: words.title,
      view: 'state/state',
      follows: { asOf: forPeople(now), again: PATH },
      data: {
        t: words,
        today: words.todayText(businessDate(now)),
        advice: advice.map((one) => ({ ...adviceWords(one, language), isBad: one.severity === 'error' })),
        kinds: kindsOf(counts)
          .map(([kind, scans]) => `${SCAN_KINDS[kind][language]} ${scans}`)
          .join(' · '),
        counts: {
          heads: words.countColumns,
          rows: counts.map((row) => [
            row.Gate,
            verdictWords(row.Verdict, language),
            row.Scans,
            row.Offline ?? '',
            row.Verdict === 'ADMIT' ? Number(row.LateRefunds) + Number(row.LateDoubles) : '',
          ]),
        },
        last: { heads: scanHeads(language), rows: last.map((scan) => scanRow(scan, language)) },
        shortly: shortly(state, isSet, contact, words),
      },
    };
  }

  async function stateJson({ cinemaCodes }: JsonRequest): Promise<object> {
    const [{ state, advice }, counts] = await Promise.all([adviceNow(), countToday(cinemaCodes)]);
    return {
      State: {
        ...reportTerminalStateQueryJson(state),
        Gates: state.gates.map(deviceJson),
        Scanners: state.scanners.map(deviceJson),
      },
      Advice: advice.map(adviceJson),
      Today: counts,
    };
  }

  return {
    name: 'state',
    views: join(import.meta.dirname, 'views'),
    menu: { path: PATH, label: { zh: WORDS.zh.title, en: WORDS.en.title }, permission: 'records.read' },
    json: [{ path: `${PATH}.json`, permission: 'records.read', handler: stateJson }],
    pages: [{ method: 'get', path: PATH, access: 'records.read', handler: show }],
  };
}

/** Counts decided scans by the kinds that the platform shows too. */
function kindsOf(counts: Awaited<ReturnType<ReturnType<typeof scanReports>['dayRows']>>) {
  const decided = counts.filter(({ Verdict }) => Verdict !== null);
  return [...countKinds(decided.map(({ Verdict, Scans }) => [String(Verdict), Number(Scans)]))];
}

/** Says in one line how the platform and this program are. */
function shortly(
  { line, version, uptimeSeconds }: TerminalState,
  isSet: boolean,
  contact: number | null,
  t: StateWords,
) {
  const lineWords = line === 'up' ? t.lineUp : t.lineDown;
  const heard = contact === null ? t.neverHeard : t.heard(t.ago(contact));
  return [...(isSet ? [lineWords, heard] : [t.lineNone]), t.running(version, t.ago(uptimeSeconds))].join(' · ');
}
