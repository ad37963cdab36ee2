import { type InEachLanguage, isOfNoOther } from '@ticket-check/admin';
import { type AccountTables, isAccountInForce } from '@ticket-check/exchange';
import {
  type BusinessDate,
  businessDate,
  businessDay,
  elementsJson,
  epochOf,
  type ScanTotals,
  storedCinemas,
  type TerminalState,
  type WallClock,
  wallClockAt,
} from '@ticket-check/protocol';
import { adviceJson, adviceOn, deviceJson, worstOf } from '@ticket-check/protocol/terminal-advice';
import { turn } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import type { TerminalRow } from './terminal-row.ts';
import type { FleetTables } from './terminal-states.ts';

export type AccountCinemas = readonly string[] | 'all';

/** A terminal as this platform knows it: an account that was issued to one, and what it told last. */
export type FleetMember = Awaited<ReturnType<typeof loadFleet>>[number];

const DAY_MS = 86_400_000;

/** Scans that a terminal refused on a business date, by verdict: entries are counted from check records. Null if it reported none of it. */
function refusedOn(date: BusinessDate, scans: ScanTotals | null): Readonly<Record<string, number>> | null {
  if (scans?.businessDate !== date) return null;
  const { ADMIT: _, ...refused } = scans.counts;
  return refused;
}

/** When the present business date began, epoch milliseconds. */
export const dayBeganAt = (now: number): number => epochOf(businessDay(businessDate(wallClockAt(now))).from);

/** The terminals whose accounts are in force and may act for one of the cinemas, the worst first. */
export async function loadFleet(
  { reports }: Store<AccountTables & FleetTables>,
  { now, cinemas }: { now: number; cinemas: AccountCinemas },
) {
  const rows = await reports
    .selectFrom('account')
    .leftJoin('terminalState', 'terminalState.account', 'username')
    .select(['username', 'displayName', 'cinemaCodes', 'createdAt'])
    .select(['storeId', 'otherStoreAt', 'heardAt', 'state', 'scans'])
    .where('role', '=', 'platform')
    .where(isAccountInForce('account', now))
    .execute();
  const date = businessDate(wallClockAt(now));
  const members = [];
  for (const { username, displayName, createdAt, heardAt, otherStoreAt, ...row } of rows) {
    await turn();
    const cinemaCodes: AccountCinemas = storedCinemas(row.cinemaCodes);
    if (!isOfOne(cinemaCodes, cinemas)) continue;
    const state: TerminalState | null = row.state && JSON.parse(row.state);
    members.push({
      account: username,
      displayName,
      cinemaCodes,
      createdAt: createdAt as WallClock,
      /** Epoch milliseconds; null where nothing was ever heard. */
      heardAt,
      storeId: row.storeId || null,
      state,
      refused: refusedOn(date, row.scans && JSON.parse(row.scans)),
      /** What is wrong, the worst first. */
      advice: adviceOn({
        state,
        heardSecondsAgo: heardAt === null ? null : Math.max(0, Math.round((now - heardAt) / 1000)),
        isHeardToday: heardAt !== null && heardAt >= dayBeganAt(now),
        hasOtherStore: otherStoreAt !== null && now - otherStoreAt < DAY_MS,
        hasUpstream: true,
      }),
    });
  }
  // By the name too: databases order names otherwise.
  return members.sort((a, b) => worstOf(a.advice).rank - worstOf(b.advice).rank || (a.account < b.account ? -1 : 1));
}

/** The accounts of terminals that may act for one of the cinemas, or once might, with what people call them. */
export async function loadTerminalNames(
  store: Store<AccountTables>,
  cinemas: AccountCinemas,
): Promise<[code: string, name: string][]> {
  const accounts = await store.reports
    .selectFrom('account')
    .select(['username', 'displayName', 'cinemaCodes'])
    .where('role', '=', 'platform')
    .orderBy('username')
    .execute();
  return accounts
    .filter(({ cinemaCodes }) => isOfOne(storedCinemas(cinemaCodes), cinemas))
    .map(({ username, displayName }) => [username, displayName ?? '']);
}

export function isOfOne(of: AccountCinemas, cinemas: AccountCinemas): boolean {
  return of === 'all' || cinemas === 'all' || of.some((code) => cinemas.includes(code));
}

/**
 * A terminal as the command and the console print it. Of its cinemas those are named that the asker may see. Moments are those
 * of this platform's clock.
 */
export function fleetJson(member: FleetMember, cinemas: readonly string[] | 'all'): TerminalRow {
  const { account, displayName, cinemaCodes, createdAt, heardAt, storeId, state, refused, advice } = member;
  const ago = (seconds: number | null) =>
    seconds === null || heardAt === null ? null : wallClockAt(heardAt - seconds * 1000);
  return {
    Username: account,
    DisplayName: displayName,
    CinemaCodes: shownCinemas(cinemaCodes, cinemas),
    CreatedAt: createdAt,
    Severity: worstOf(advice).severity,
    Advice: advice.map(adviceJson),
    LastHeardAt: ago(0),
    // They are not counted by cinema.
    Refused:
      refused && isOfNoOther(cinemaCodes, cinemas)
        ? Object.values(refused).reduce((sum, count) => sum + count, 0)
        : null,
    State:
      state === null
        ? null
        : {
            ...elementsJson(state, 'Version', 'Line', 'Ending', 'Waiting', 'Parked'),
            ...elementsJson(state, 'ClockOffsetMs', 'ClockTrusted', 'StoresSetAside'),
            Store: storeId,
            StartedAt: ago(state.uptimeSeconds),
            Gates: state.gates.map(deviceJson),
            Scanners: state.scanners.map(deviceJson),
            Unadmitted: state.unadmitted.map(({ gate, count, lastSeconds }) => ({
              Gate: gate,
              Count: count,
              LastAt: ago(lastSeconds),
            })),
            OldestUnsentAt: ago(state.oldestUnsentSeconds),
            KeysCameAt: ago(state.keysAgeSeconds),
          },
  };
}

function shownCinemas(of: readonly string[] | 'all', cinemas: readonly string[] | 'all'): readonly string[] {
  if (of === 'all') return cinemas === 'all' ? ['*'] : cinemas;
  return cinemas === 'all' ? of : of.filter((code) => cinemas.includes(code));
}

/** In a sentence, how many check records the terminal of an account had still to report when it was last heard. */
export async function leftBehind({ db }: Store<FleetTables>, username: string): Promise<InEachLanguage> {
  const last = await db
    .selectFrom('terminalState')
    .select(['heardAt', 'state'])
    .where('account', '=', username)
    .executeTakeFirst();
  if (last === undefined) {
    return {
      zh: '终端没有上报过状态，尚有多少检票记录未送达无从得知。',
      en: 'No terminal has told its state with it, so how many check records are still to be reported is not known.',
    };
  }
  const { waiting, parked }: TerminalState = JSON.parse(last.state);
  const at = wallClockAt(last.heardAt);
  return {
    zh: `终端在 ${at.replace('T', ' ')} 尚未送达的检票记录：${waiting + parked} 条。如有，请先上报。`,
    en: `Check records that its terminal had still to report at ${at}: ${waiting + parked}. Report any first.`,
  };
}
