import {
  type AskedRows,
  cinemaFilter,
  list,
  listCommand,
  type PageSet,
  type Reading,
  says,
  serveList,
} from '@ticket-check/admin';
import { column } from '@ticket-check/check-records';
import { type AccountTables, isAccountInForce } from '@ticket-check/exchange';
import type { CommandStore } from '@ticket-check/operators';
import type { ReportedDouble } from '@ticket-check/protocol';
import { LATE_SECONDS, UNHEARD_SECONDS, worstOf } from '@ticket-check/protocol/terminal-advice';
import {
  type Clock,
  type HealthCheck,
  measuredGauge,
  type Registry,
  type Service,
  sharedFor,
} from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import type { Command } from 'commander';
import { z } from 'zod';
import { dayBeganAt, fleetJson, isOfOne, loadFleet, loadTerminalNames } from './load-fleet.ts';
import { SEVERITIES, SEVERITY_WORDS } from './severities.ts';
import { TERMINAL_ROW, type TerminalRow } from './terminal-row.ts';
import { createTerminalStates, type FleetTables, reportTerminalStateApi } from './terminal-states.ts';

const MAX_NAMED = 20;
/** The metrics of one scrape share a reading. */
const SHARED_MS = 1000;
/** The menus of several people share a reading, which goes through all states. */
const MENU_MS = 10_000;

type FleetStore = Store<AccountTables & FleetTables>;

/**
 * Counts the terminals that were heard on this business date and whose accounts are in force. `heard`: within the last ten minutes;
 * `silent`: not since then, though they did not say that they end; `behind`: with records that have waited for more than ten minutes.
 */
async function countFleet({ db }: FleetStore, now: number) {
  const told = await db
    .selectFrom('terminalState')
    .select(['account', 'heardAt', 'waitingSince', 'ending'])
    .where('heardAt', '>=', dayBeganAt(now))
    .where('account', 'in', (eb) => eb.selectFrom('account').select('username').where(isAccountInForce('account', now)))
    .orderBy('account')
    .execute();
  const serving = told.filter(({ ending }) => ending === 0);
  const silent = serving.filter(({ heardAt }) => heardAt < now - UNHEARD_SECONDS * 1000);
  const lateSince = now - LATE_SECONDS * 1000;
  return {
    heard: serving.length - silent.length,
    unheard: silent.length,
    behind: told.filter(({ waitingSince }) => waitingSince !== null && waitingSince < lateSince).length,
    silent: silent.slice(0, MAX_NAMED).map(({ account }) => account),
  };
}

/** What `GET /health` shows of the terminals; degraded while one is silent that was heard on this business date. */
export function fleetCheck(store: FleetStore, now: Clock): HealthCheck {
  return {
    name: 'terminals',
    async run() {
      const { silent, ...counts } = await countFleet(store, now());
      return { ok: true, ...(silent.length > 0 && { degraded: true, silent }), ...counts };
    },
  };
}

/** Adds how many terminals are well to a registry; which ones, `fleet list` says. */
export function fleetMetrics(registry: Registry, store: FleetStore, now: Clock): void {
  const count = sharedFor(SHARED_MS, () => countFleet(store, now()));
  const gauge = (of: 'heard' | 'unheard' | 'behind', help: string) =>
    measuredGauge(registry, `terminals_${of}`, help, async () => (await count())[of]);
  gauge('heard', 'Terminals that told their state within the last ten minutes');
  gauge(
    'unheard',
    'Terminals that were heard on this business date, have been silent for ten minutes and did not say that they end',
  );
  gauge(
    'behind',
    'Terminals heard on this business date with check records that have waited for more than ten minutes',
  );
}

const FILTERS = {
  q: z
    .string()
    .default('')
    .meta(
      says('账号或其名称的一部分，或完整的影院编码', 'a part of the account or of its name, or a whole cinema code'),
    ),
  severity: z.enum(SEVERITIES).optional().meta(says('需要处理的紧急程度', 'how soon somebody has to look after it')),
  refused: z
    .literal('1')
    .optional()
    .meta(says('1：仅本营业日拒绝过观众的终端', '1: only those that refused somebody on this business date')),
  cinema: cinemaFilter,
};

/** The terminals of the asker's cinemas, the worst first. Reading X8. */
const declaredFleet = (now: Clock) => {
  async function membersOf(
    store: FleetStore,
    { filters: { q, severity, refused }, cinemas }: AskedRows<typeof FILTERS>,
  ) {
    const members = await loadFleet(store, { now: now(), cinemas });
    return members
      .map((member) => fleetJson(member, cinemas))
      .filter(
        ({ Severity, Refused, Username, DisplayName, CinemaCodes }) =>
          (severity === undefined || Severity === severity) &&
          (refused === undefined || Number(Refused) > 0) &&
          (Username.includes(q) || DisplayName?.includes(q) || CinemaCodes.includes(q)),
      );
  }

  return list({
    name: 'fleet',
    rowsName: 'Terminals',
    title: { zh: '终端', en: 'Terminals' },
    permission: 'fleet.read',
    filters: FILTERS,
    row: TERMINAL_ROW,
    place: z.number().int().nonnegative(),
    rowsAPage: 500,
    async find(store: FleetStore, { after, limit, ...asked }) {
      const members = await membersOf(store, asked);
      const [from, until] = [after ?? 0, (after ?? 0) + limit];
      return { rows: members.slice(from, until), next: until < members.length ? until : null };
    },
    file: {
      // At once: from page to page the order of the worst changes.
      rows: membersOf,
      columns: () => [
        column('Username', '账号', 'Account'),
        column('DisplayName', '名称', 'Name'),
        column('CinemaCodes', '影院编码', 'Cinema codes'),
        { ...column('Severity', '状态', 'State'), words: SEVERITY_WORDS },
        { ...column('Advice', '问题', 'What is wrong'), of: (row, language) => wrongIn(row as TerminalRow, language) },
        column('LastHeardAt', '最近消息', 'Last heard'),
        column('Refused', '今日拒绝', 'Refused today'),
        { ...column('Waiting', '待上报', 'To be reported'), of: (row) => (row as TerminalRow).State?.Waiting },
        { ...column('Parked', '被拒收', 'Refused'), of: (row) => (row as TerminalRow).State?.Parked },
        { ...column('Version', '版本', 'Version'), of: (row) => (row as TerminalRow).State?.Version },
      ],
    },
  });
};

const wrongIn = ({ Advice }: TerminalRow, language: 'zh' | 'en') =>
  Advice.map(({ Wrong, WrongZh }) => (language === 'zh' ? WrongZh : Wrong));

const WRITE_MS = 1000;

export function createFleet(
  service: Service,
  store: FleetStore,
  doublesToTell: (account: string) => Promise<readonly ReportedDouble[]>,
  reading: Reading,
) {
  const { now, metrics } = service;
  const listed = declaredFleet(now);
  const states = createTerminalStates(store, now);
  const members = sharedFor(MENU_MS, () => loadFleet(store, { now: now(), cinemas: 'all' }));
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

  return {
    api: reportTerminalStateApi(states, doublesToTell),
    pages: {
      name: 'fleet',
      screens: [{ path: '/fleet', permission: listed.permission, label: listed.title }],
      ...serveList(listed, store, reading),
      names: [{ kind: 'account', permission: 'records.read', names: (of) => loadTerminalNames(store, of) }],
      // Those that Today names.
      counts: [
        {
          path: '/fleet',
          permission: listed.permission,
          count: async (cinemas) =>
            (await members()).filter(
              ({ cinemaCodes, advice }) => isOfOne(cinemaCodes, cinemas) && worstOf(advice).severity === 'error',
            ).length,
        },
      ],
    } satisfies PageSet,
  };
}

export function fleetCommands(
  program: Command,
  { store, now }: { store: CommandStore<AccountTables & FleetTables>; now: Clock },
): void {
  const group = program.command('fleet').description('the terminals of this platform');
  listCommand(group, declaredFleet(now), {
    store,
    source: (opened: FleetStore) => opened,
    command: 'list',
    description: 'list terminals with their state and what to do',
  });
}
