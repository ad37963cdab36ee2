import { type JsonRequest, type PageSet, type Reading, serveList } from '@ticket-check/admin';
import type { KeyCache } from '@ticket-check/key-cache';
import { businessDate, businessDay, type CinemaCode, reportTerminalStateQueryJson } from '@ticket-check/protocol';
import { adviceJson, adviceOn, deviceJson } from '@ticket-check/protocol/terminal-advice';
import type { TerminalClock } from '../clock/terminal-clock.ts';
import { scans } from '../journal/list-scans.ts';
import { scanReports } from '../journal/report-scans.ts';
import type { TerminalStore } from '../tables.ts';
import type { ServedCinemas } from '../upstream/connect-upstream.ts';
import type { OwnState } from './own-state.ts';

const LAST_SCANS = 20;

/** The screen of this terminal: the last scans, its state, what to do, and what was scanned today. Scheme 5.2.9. */
export function stateScreen(parts: {
  store: TerminalStore;
  ownState: OwnState;
  cinemas: ServedCinemas;
  keys: Pick<KeyCache, 'status'>;
  reading: Reading;
  clock: Pick<TerminalClock, 'now'>;
}): PageSet {
  const { store, ownState, cinemas, keys, clock, reading } = parts;
  const reports = scanReports(store);
  const permission = 'records.read';

  async function stateJson({ cinemaCodes: cinemas }: Pick<JsonRequest, 'cinemaCodes'>): Promise<object> {
    const date = businessDate(clock.now());
    const asked = { filters: { last: LAST_SCANS }, after: null, limit: LAST_SCANS };
    const [{ state, hasUpstream, heardSecondsAgo }, counts, last] = await Promise.all([
      ownState(),
      reports.dayRows({ ...businessDay(date), cinemaCode: cinemas }),
      scans.find(store, { ...asked, cinemas: cinemas as 'all' | CinemaCode[] }),
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
      Last: last.rows.toReversed(),
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
