import { join } from 'node:path';
import type { JsonRequest, Language, Page, PageRequest, PageSet } from '@ticket-check/admin';
import {
  businessDate,
  businessDay,
  type CinemaCode,
  type DeviceState,
  reportTerminalStateQueryJson,
  type TerminalState,
  VERDICTS,
  type WallClock,
} from '@ticket-check/protocol';
import { countKinds, SCAN_KINDS } from '@ticket-check/protocol/scan-kinds';
import {
  type Advice,
  adviceJson,
  adviceOn,
  adviceWords,
  deviceFaults,
  deviceJson,
} from '@ticket-check/protocol/terminal-advice';
import type { Store } from '@ticket-check/storage';
import type { OverrideTables } from '../journal/refusals.ts';
import { scanReports } from '../journal/report-scans.ts';
import type { ScanTables } from '../journal/scan-tables.ts';
import { forPeople } from '../pages/ticket-pages.ts';
import type { OwnState } from './own-state.ts';
import { WORDS } from './words.ts';

/** Loads the newest scans of the permitted cinemas, latest first, on the connection of reports. */
function loadLastScans(store: Store<ScanTables & OverrideTables>, cinemas: readonly string[] | 'all', most: number) {
  let scans = store.reports
    .selectFrom('scan')
    .leftJoin('override', 'override.recordId', 'scan.recordId')
    .select([
      'scannedAt',
      'gate',
      'scan.verdict',
      'filmTicketCode',
      'lateVerdict',
      'openedAt',
      'changesKnownAt',
      'operator as overriddenBy',
    ])
    .orderBy('sequence', 'desc')
    .limit(most);
  if (cinemas !== 'all') scans = scans.where('cinemaCode', 'in', cinemas);
  return scans.execute();
}

const PATH = '/state';
const LAST_SCANS = 20;
/** Staff at the door watch it. */

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
      loadLastScans(store, operator.cinemaCodes, LAST_SCANS),
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
            verdictText(row.Verdict, language),
            row.Scans,
            row.Offline ?? '',
            row.Verdict === 'ADMIT' ? Number(row.LateRefunds) + Number(row.LateDoubles) : '',
          ]),
        },
        last: {
          heads: words.lastColumns,
          rows: last.map((scan) => [
            forPeople(scan.scannedAt),
            scan.gate,
            verdictText(scan.verdict, language),
            { code: scan.filmTicketCode ?? '' },
            [
              scan.overriddenBy === null ? '' : words.overriddenBy(scan.overriddenBy),
              scan.verdict === 'ADMIT' && scan.openedAt === null ? words.notOpened : '',
              scan.changesKnownAt === null ? '' : words.offlineKnowing(forPeople(scan.changesKnownAt)),
              scan.lateVerdict === null ? '' : (words.lateVerdicts[scan.lateVerdict] ?? scan.lateVerdict),
            ]
              .filter(Boolean)
              .join(' · '),
          ]),
        },
        facts: factsOf(state, { language, isSet, contact, now }),
      },
    };
  }

  async function stateNow(): Promise<object> {
    const { state, advice } = await adviceNow();
    return {
      State: {
        Unadmitted: [],
        ...reportTerminalStateQueryJson(state),
        Gates: state.gates.map(deviceJson),
        Scanners: state.scanners.map(deviceJson),
      },
      Advice: advice.map(adviceJson),
    };
  }

  async function stateJson({ cinemaCodes }: JsonRequest): Promise<object> {
    const [state, counts] = await Promise.all([stateNow(), countToday(cinemaCodes)]);
    return { ...state, Today: counts };
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

function factsOf(
  state: TerminalState,
  { language, isSet, contact, now }: { language: Language; isSet: boolean; contact: number | null; now: WallClock },
): { name: string; values: string[] }[] {
  const words = WORDS[language];
  const { waiting, parked, oldestUnsentSeconds, keysAgeSeconds, clockOffsetMs, storesSetAside } = state;
  const line = state.line === 'up' ? words.lineUp : words.lineDown;
  const heard = contact === null ? words.neverHeard : words.heard(words.ago(contact));
  const devices = (list: readonly DeviceState[]) =>
    list.map(({ name, enabled, error }) => {
      const fault = error === null ? null : deviceFaults(error, language);
      return `${name}: ${fault ?? (enabled ? words.works : words.off)}`;
    });
  return [
    { name: words.line, values: isSet ? [line, heard] : [words.lineNone] },
    { name: words.gates, values: devices(state.gates) },
    { name: words.scanners, values: state.scanners.length === 0 ? [words.noScanner] : devices(state.scanners) },
    {
      name: words.keys,
      values: [keysAgeSeconds === null ? words.keysNone : words.keysCame(words.ago(keysAgeSeconds))],
    },
    { name: words.clock, values: [words.clockTold(forPeople(now)), clockText(clockOffsetMs, language)] },
    {
      name: words.records,
      values: [
        ...(waiting === 0 ? [] : [words.recordsWaiting(waiting, words.ago(oldestUnsentSeconds ?? 0))]),
        ...(parked === 0 ? [] : [words.recordsRefused(parked)]),
        ...(waiting + parked === 0 ? [words.recordsNone] : []),
      ],
    },
    { name: words.store, values: [storesSetAside === 0 ? words.storeWell : words.storeAside(storesSetAside)] },
    { name: words.version, values: [words.running(state.version, words.ago(state.uptimeSeconds))] },
  ];
}

function clockText(offsetMs: number | null, language: Language): string {
  const words = WORDS[language];
  if (offsetMs === null) return words.clockUnknown;
  const seconds = Math.round(Math.abs(offsetMs) / 1000);
  if (seconds === 0) return words.clockRight;
  return offsetMs > 0 ? words.clockAhead(seconds) : words.clockBehind(seconds);
}

function verdictText(verdict: unknown, language: Language): string {
  if (typeof verdict !== 'string') return WORDS[language].undecided;
  const known: Readonly<Record<string, { zh: string; en: string }>> = VERDICTS;
  return known[verdict]?.[language] ?? verdict;
}
