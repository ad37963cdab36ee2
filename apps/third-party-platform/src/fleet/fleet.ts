import { type AskedList, liveList, PageError, type PageSet } from '@ticket-check/admin';
import type { AccountTables } from '@ticket-check/exchange';
import type { ReportedDouble } from '@ticket-check/protocol';
import { worstOf } from '@ticket-check/protocol/terminal-advice';
import type { Service } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import { type FleetMember, fleetJson, loadFleet } from './load-fleet.ts';
import { createTerminalStates, type FleetTables, reportTerminalStateApi } from './terminal-states.ts';
import { fleetCheck, fleetMetrics } from './watch-fleet.ts';

const WRITE_MS = 1000;
const TERMINALS_A_PART = 500;

/** The terminals of this platform: the state that each reports, and what there is to do about it. Reading X8. */
export function createFleet(
  service: Service,
  store: Store<AccountTables & FleetTables>,
  doublesToTell: (account: string) => Promise<readonly ReportedDouble[]>,
) {
  const { now, metrics } = service;
  const states = createTerminalStates(store, now);
  service.check(fleetCheck(store, now));
  fleetMetrics(metrics, store, now);
  service.job({
    name: 'terminal states',
    // Each writes what it received itself.
    runs: 'everywhere',
    everyMs: WRITE_MS,
    run: states.write,
  });
  service.defer(states.write);

  /** The terminals of the asker's cinemas, the worst first, in parts: `Next` asks for the next one. */
  async function listJson({ cinemaCodes, query }: AskedList): Promise<object> {
    const from = placeIn(query.get('after'));
    const [text, severity] = [query.get('q')?.trim() ?? '', query.get('severity') ?? ''];
    if (!isSeverity(severity)) throw new PageError('bad-input');
    const all = await loadFleet(store, { now: now(), cinemas: cinemaCodes });
    const members = all.filter(
      (member) => (severity === '' || worstOf(member.advice).severity === severity) && isNamed(member, text),
    );
    const until = from + TERMINALS_A_PART;
    const search = { ...(text !== '' && { q: text }), ...(severity !== '' && { severity }) };
    const next = new URLSearchParams({ ...search, after: `${until}` });
    return {
      Terminals: members.slice(from, until).map((member) => fleetJson(member, cinemaCodes)),
      Next: until < members.length ? `/fleet.json?${next}` : null,
    };
  }

  return {
    api: reportTerminalStateApi(states, doublesToTell),
    /** What the console shows of them. */
    pages: {
      name: 'fleet',
      screens: [{ path: '/fleet', permission: 'fleet.read', label: { zh: '终端', en: 'Terminals' } }],
      json: [{ path: '/fleet.json', permission: 'fleet.read', handler: listJson }],
      live: [liveList('fleet', 'fleet.read', listJson)],
    } satisfies PageSet,
  };
}

const isSeverity = (text: string) => ['', 'error', 'warning', 'note', 'well'].includes(text);

/** By a part of its account, or a whole cinema code. */
function isNamed({ account, cinemaCodes }: FleetMember, text: string): boolean {
  return text === '' || account.includes(text) || (cinemaCodes !== 'all' && cinemaCodes.includes(text));
}

function placeIn(after: string | undefined): number {
  if (after === undefined) return 0;
  if (!/^\d{1,9}$/.test(after)) throw new PageError('bad-input');
  return Number(after);
}
