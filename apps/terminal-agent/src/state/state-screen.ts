import { type JsonRequest, type PageSet, type Reading, serveList } from '@ticket-check/admin';
import type { KeyCache } from '@ticket-check/key-cache';
import {
  businessDate,
  businessDay,
  type CheckRecord,
  type CinemaCode,
  reportTerminalStateQueryJson,
} from '@ticket-check/protocol';
import { adviceJson, adviceOn, deviceJson } from '@ticket-check/protocol/terminal-advice';
import { sharedFor } from '@ticket-check/runtime';
import { loadKnownNames, SHOWN_COLUMNS, ticketJson, withKnownNames } from '../check-records/known-names.ts';
import type { Core } from '../core.ts';
import { scans } from '../journal/list-scans.ts';
import { scanReports } from '../journal/report-scans.ts';
import type { OwnState } from './own-state.ts';

const LAST_SCANS = 20;

/** Names of two weeks are loaded, which takes longer than everything else here. */
const NAMES_KEPT_MS = 60_000;

/** The screen of this terminal: the last scans, its state, what to do, and what was scanned today. Scheme 5.2.9. */
export function stateScreen(
  parts: Core & { ownState: OwnState; keys: Pick<KeyCache, 'status'>; reading: Reading },
): PageSet {
  const { store, ownState, cinemas, keys, clock, reading } = parts;
  const reports = scanReports(store);
  const permission = 'records.read';
  const keptNames = sharedFor(NAMES_KEPT_MS, loadKnownNames);

  /** The last scans, each with what is known of its session and seat. */
  async function lastScans(cinemas: 'all' | CinemaCode[]): Promise<object[]> {
    const asked = { filters: { last: LAST_SCANS }, after: null, limit: LAST_SCANS };
    const { rows } = await scans.find(store, { ...asked, cinemas });
    const ids = rows.map(({ RecordId }) => RecordId);
    const [entries, refusals] = await Promise.all([
      store.reports
        .selectFrom('checkRecord')
        .select(SHOWN_COLUMNS)
        .select('checkTime')
        .where('recordId', 'in', ids)
        .execute(),
      store.reports.selectFrom('refusal').select('record').where('recordId', 'in', ids).execute(),
    ]);
    // Rows are written only from records, so their values are valid.
    const records = [...entries, ...refusals.map(({ record }) => JSON.parse(record))] as CheckRecord[];
    const named = await withKnownNames(store.reports, records, keptNames);
    const tickets = new Map<string, object>(named.map((one) => [one.recordId, ticketJson(one)]));
    return rows.toReversed().map((row) => ({ ...row, ...tickets.get(row.RecordId) }));
  }

  async function stateJson({ cinemaCodes: cinemas }: Pick<JsonRequest, 'cinemaCodes'>): Promise<object> {
    const date = businessDate(clock.now());
    const [{ state, hasUpstream, heardSecondsAgo }, counts, last] = await Promise.all([
      ownState(),
      reports.dayRows({ ...businessDay(date), cinemaCode: cinemas }),
      lastScans(cinemas as 'all' | CinemaCode[]),
    ]);
    const here = { heardSecondsAgo: 0, isHeardToday: true, hasOtherStore: false, hasUpstream };
    return {
      State: {
        ...reportTerminalStateQueryJson(state),
        Gates: state.gates.map(deviceJson),
        Scanners: state.scanners.map(deviceJson),
      },
      Upstream: { IsSet: hasUpstream, HeardSecondsAgo: heardSecondsAgo },
      Advice: adviceOn({ state, ...here }).map(adviceJson),
      BusinessDate: date,
      Today: counts,
      Last: last,
    };
  }

  const listed = serveList(scans, store, reading);
  return {
    name: 'state',
    screens: [{ path: '/state', permission, label: { zh: '本机状态', en: 'This terminal' } }],
    json: [{ path: '/state.json', permission, handler: stateJson }, ...listed.json],
    live: [{ name: 'state', permission, everyMs: 2_000, read: stateJson }, ...listed.live],
    files: listed.files,
    names: [
      {
        kind: 'cinema',
        permission,
        async names(of) {
          const [served, status] = await Promise.all([cinemas.synced(), keys.status()]);
          const names = new Map<string, string>(status.map(({ cinemaCode, cinemaName }) => [cinemaCode, cinemaName]));
          return served
            .filter((code) => of === 'all' || of.includes(code))
            .map((code) => [code, names.get(code) ?? '']);
        },
      },
    ],
  };
}
