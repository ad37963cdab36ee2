import { wallClockAt } from '@ticket-check/protocol';
import { successorOf } from '../generation.ts';
import { errorCode, StoreError } from '../store-error.ts';

/** Runs a statement, on a new connection or on any of a store's. */
export type Ask = <R extends object>(statement: string, values: readonly unknown[]) => Promise<R[]>;

/** What a server is, as far as its role lets it be seen. */
type Server = { system: string; timeline: string; synchronous: number };

type Seen = Server & {
  generation: string;
  replaced: string | null;
  standby: number;
  notedSystem: string | null;
  notedTimeline: string | null;
  notedSynchronous: number | null;
};

// The control file tells the timeline of the last checkpoint, which is the former one for a while after a promotion; the
// name of the present log segment begins with the present one.
const LOOK = `
  select generation, replaced,
    server_system as "notedSystem", server_timeline as "notedTimeline", server_synchronous as "notedSynchronous",
    cast(pg_is_in_recovery() as int) as "standby",
    case when not pg_is_in_recovery() then left(pg_walfile_name(pg_current_wal_lsn()), 8) end as "timeline",
    (select cast(system_identifier as text) from pg_control_system()) as "system",
    cast(current_setting('synchronous_standby_names') <> ''
      and current_setting('synchronous_commit') in ('on', 'remote_apply') as int) as "synchronous"
  from store_generation
`;

const NOTE = `
  update store_generation set server_system = $1, server_timeline = $2, server_synchronous = $3
  where server_system is not distinct from $4 and server_timeline is not distinct from $5
`;

const RENEW = `
  update store_generation set server_system = $1, server_timeline = $2, server_synchronous = $3,
    generation = $6, replaced = $7, renewed_at = $8
  where server_system = $4 and server_timeline = $5 and generation = $9
  returning id
`;

/**
 * Begins a new generation of the data (reading X4) when another PostgreSQL server answers than the one before: a standby that
 * was promoted, or a restored backup. Such a server may lack what the former one had acknowledged. A promoted standby
 * lacks nothing where commits waited for it; whether they did is noted while the server works.
 *
 * For every process, on every new connection; of several processes one begins the generation.
 *
 * @param now epoch milliseconds
 * @returns whether it began a new generation
 * @throws StoreError CANNOT_OPEN at a standby, whose promotion an open connection to it would not notice.
 */
export async function watchServer(ask: Ask, now: () => number): Promise<boolean> {
  for (;;) {
    const seen = await look(ask);
    if (seen === null) return false;
    if (seen.standby === 1) {
      throw new StoreError(
        'CANNOT_OPEN',
        'The PostgreSQL server is a standby and takes no writes: name the primary in DATABASE_URL.',
      );
    }
    const server = [seen.system, seen.timeline, seen.synchronous, seen.notedSystem, seen.notedTimeline];
    if (!mayLackCommits(seen)) {
      if (isNoted(seen)) return false;
      await ask(NOTE, server);
      return false;
    }
    const { generation, replaced } = successorOf(seen.generation, seen.replaced?.split(',') ?? []);
    const current = [generation, replaced.join(','), wallClockAt(now()), seen.generation];
    const renewed = await ask(RENEW, [...server, ...current]);
    if (renewed.length > 0) return true;
    // Another process was first.
  }
}

function mayLackCommits({ system, timeline, notedSystem, notedTimeline, notedSynchronous }: Seen): boolean {
  if (notedSystem === null || notedTimeline === null) return false;
  if (notedSystem !== system) return true;
  return notedTimeline !== timeline && notedSynchronous !== 1;
}

function isNoted({ system, timeline, synchronous, notedSystem, notedTimeline, notedSynchronous }: Seen): boolean {
  return system === notedSystem && timeline === notedTimeline && synchronous === notedSynchronous;
}

/** null where the server does not let this role see what it is, or knows no timelines. */
async function look(ask: Ask): Promise<Seen | null> {
  try {
    const [seen] = await ask<Seen>(LOOK, []);
    return seen ?? null;
  } catch (error) {
    // Classes 0A, 42 and 55: not supported, not permitted or unknown, not in this state.
    if (/^(0A|42|55)...$/.test(errorCode(error))) return null;
    throw error;
  }
}
