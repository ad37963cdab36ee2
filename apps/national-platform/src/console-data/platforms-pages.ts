import {
  type AskedList,
  dateFilter,
  datesAsked,
  declaredAccounts,
  filterOf,
  list,
  type PageSet,
  type Reading,
  servedTogether,
  serveList,
  serveOperations,
  untilFilter,
} from '@ticket-check/admin';
import { type CheckRecordTables, column, columns, countDay } from '@ticket-check/check-records';
import { type AccountTables, createAccounts, type Issuer } from '@ticket-check/exchange';
import { mayOperateFor, type OperationTables } from '@ticket-check/operators';
import { type CinemaCode, wallClockAt } from '@ticket-check/protocol';
import type { Clock } from '@ticket-check/runtime';
import { type Store, withTables } from '@ticket-check/storage';
import type { CinemaTables } from '../cinemas/names.ts';
import { PLATFORM_ROW } from './rows.ts';

type PlatformStore = Store<AccountTables & CheckRecordTables & CinemaTables>;
type Source = { readonly store: PlatformStore; readonly now: Clock };

/**
 * The platforms with accounts here, and what each sent for business dates. What is missing shows by cinema, in the completeness and
 * beside the sold tickets of the report: the national platform learns of entries only by check records.
 */
const platforms = list({
  name: 'platforms',
  rowsName: 'Platforms',
  title: { zh: '检票平台', en: 'Platforms' },
  permission: 'cinemas.read',
  filters: {
    businessDate: dateFilter,
    until: untilFilter,
    platform: filterOf('account', String, '仅该平台', 'only this one'),
  },
  row: PLATFORM_ROW,
  live: ['platform'],
  // Counting a day's records is expensive: once for all viewers.
  everyMs: 30_000,
  async find({ store, now }: Source, { filters, cinemas: cinemaCodes, signal }) {
    const { platform: name } = filters;
    const asked = cinemaCodes === 'all' ? undefined : (cinemaCodes as readonly CinemaCode[]);
    const counted = [];
    for (const date of datesAsked(filters, now))
      counted.push(...(await countDay(store, { date, by: 'account', cinemaCode: asked, signal })));
    const counts = Map.groupBy(counted, ({ account }) => account);
    const seen = await store.reports.selectFrom('cinemaActivity').selectAll().orderBy('lastActiveOn').execute();
    const mine = seen.filter(({ cinemaCode }) => mayOperateFor({ cinemaCodes }, cinemaCode));
    const activity = Map.groupBy(mine, ({ username }) => username);
    const found = (await createAccounts(store, now).list()).filter(
      ({ username, role }) =>
        role === 'platform' &&
        (name === undefined || username === name) &&
        // An operator limited to some cinemas sees the platforms that work there.
        (cinemaCodes === 'all' || activity.has(username) || counts.has(username)),
    );
    const rows = found.map(({ username, createdAt, expiresAt, revokedAt, boundTo, messageLanguage }) => {
      const sum = (count: 'entries' | 'quarantined' | 'doubles') =>
        (counts.get(username) ?? []).reduce((all, one) => all + one[count], 0);
      const active = activity.get(username) ?? [];
      return {
        Username: username,
        CreatedAt: createdAt,
        ExpiresAt: expiresAt,
        RevokedAt: revokedAt,
        Messages: messageLanguage,
        LastHeardAt: boundTo === null ? null : wallClockAt(boundTo.seenAt),
        LastActiveOn: active.at(-1)?.lastActiveOn ?? null,
        Cinemas: active.length,
        Entries: sum('entries'),
        Quarantined: sum('quarantined'),
        Doubles: sum('doubles'),
      };
    });
    return { rows };
  },
  file: {
    columns: () => [
      ...columns('Username', 'RevokedAt', 'LastHeardAt', 'LastActiveOn'),
      column('Cinemas', '影院数', 'Cinemas'),
      ...columns('Entries', 'Quarantined', 'Doubles'),
    ],
  },
});

/** The platforms; for operators limited to some cinemas those that work there. */
async function namesOf({ reports }: PlatformStore, cinemaCodes: AskedList['cinemaCodes']) {
  if (cinemaCodes.length === 0) return [];
  const found = await reports
    .selectFrom('account')
    .select(['username', 'displayName'])
    .where('role', '=', 'platform')
    .$if(cinemaCodes !== 'all', (some) =>
      some.where('username', 'in', (eb) =>
        eb
          .selectFrom('cinemaActivity')
          .select('cinemaActivity.username')
          .where('cinemaCode', 'in', cinemaCodes as readonly string[]),
      ),
    )
    .orderBy('username')
    .execute();
  return found.map(({ username, displayName }) => [username, displayName ?? ''] as const);
}

/** The screen of platforms, on which administrators also issue and revoke their accounts, and see why a request was refused. Reading E8. */
export function platformsPages(
  store: PlatformStore & Store<OperationTables>,
  reading: Reading,
  issuer: () => Promise<Issuer>,
): PageSet {
  const { now } = reading;
  const accountStore: Store<AccountTables & OperationTables> = withTables(store);
  const { accounts, keys, add, messages, revoke, explained } = declaredAccounts({ now, issuer, others: 'data-source' });
  const parts = { store: accountStore, now, under: '/accounts' };
  return {
    name: 'platforms',
    screens: [{ path: '/platforms', permission: 'cinemas.read', label: platforms.title }],
    ...servedTogether([
      serveList(platforms, { store, now }, reading),
      serveList(accounts, accountStore, reading),
      serveList(keys, accountStore),
      serveList(explained, accountStore),
    ]),
    actions: serveOperations([add, messages, revoke], parts),
    names: [{ kind: 'account', permission: 'records.read', names: (of) => namesOf(store, of) }],
  };
}
