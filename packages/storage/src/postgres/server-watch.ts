import { wallClockAt } from '@ticket-check/protocol';
import type { CurrentGeneration } from '../current-generation.ts';
import { currentOf, type GenerationRow, successorOf } from '../generation.ts';
import { errorCode, StoreError } from '../store-error.ts';
import { type Acknowledged, createAcknowledgedMemory } from './acknowledged.ts';

/** Runs a statement on one connection. */
export type Ask = <R extends object>(statement: string, values?: readonly unknown[]) => Promise<R[]>;

/** A running server: a promotion changes its timeline, everything else its start. */
type Server = { readonly timeline: string; readonly started: string };

type Seen = Server &
  GenerationRow & {
    readonly notedSystem: string | null;
    readonly notedTimeline: string | null;
    readonly isStandby: number;
    readonly system: string;
    /** Bytes of its log that are durable. */
    readonly position: number;
    /** 1 where each commit waits for a standby. */
    readonly waits: number;
  };

// The control file tells the timeline of the last checkpoint, which is the former one for a while after a promotion; the
// name of the present log segment begins with the present one.
const ROW = 'generation, replaced, renewed_at as "renewedAt"';

const LOOK = `
  select ${ROW}, server_system as "notedSystem", server_timeline as "notedTimeline",
    cast(pg_is_in_recovery() as int) as "isStandby",
    case when not pg_is_in_recovery() then left(pg_walfile_name(pg_current_wal_insert_lsn()), 8) end as "timeline",
    case when not pg_is_in_recovery() then pg_current_wal_flush_lsn() - '0/0' end as "position",
    cast(pg_postmaster_start_time() as text) as "started",
    cast(current_setting('synchronous_standby_names') <> ''
      and current_setting('synchronous_commit') not in ('off', 'local') as int) as "waits",
    (select cast(system_identifier as text) from pg_control_system()) as "system"
  from store_generation
`;

const NOTE = 'update store_generation set server_system = $1, server_timeline = $2 where generation = $3';

const RENEW = `
  update store_generation set server_system = $1, server_timeline = $2, generation = $4, replaced = $5, renewed_at = $6
  where generation = $3
  returning id
`;

const HISTORY = `select pg_read_file('pg_wal/' || $1 || '.history') as "history"`;

const STATUSES = `
  select pg_xact_status(cast(xid as xid8)) as "status" from unnest(cast($1 as text[])) as xid
`;

/** Commits in one message, and returns what is needed to find the commit again. As short as possible: it is parsed each time. */
export const COMMIT =
  'select pg_walfile_name(lsn) as file, lsn, pg_current_xact_id_if_assigned() as xid from pg_current_wal_insert_lsn() lsn; commit';
/** The same for a statement outside a transaction. */
export const COMMITTED = 'select pg_walfile_name(lsn) as file, lsn from pg_current_wal_flush_lsn() lsn';

/** What `COMMIT` and `COMMITTED` answer. */
export type Committed = { readonly file: string; readonly lsn: string; readonly xid?: string | null };

export type ServerWatchOptions = {
  /** Keeps what was acknowledged to this process. */
  file: string | undefined;
  /** Epoch milliseconds. */
  now: () => number;
  /** Called before anybody is answered from a generation; `begun` is true if it began here. */
  onGeneration: (current: CurrentGeneration, begun: boolean) => void;
};

export type ServerWatch = {
  /**
   * Judges the server behind a connection before it is used.
   *
   * @throws StoreError CANNOT_OPEN at a standby.
   */
  meet(ask: Ask): Promise<CurrentGeneration>;
  /** Whether the server that was judged last still answers, as far as is known. */
  isSure(): boolean;
  /** A connection failed: another server may answer next. */
  doubt(): void;
  /** false before the first server was met, and where a server does not say what it is. */
  isWatching(): boolean;
  /**
   * To be called when a commit is sent. What it answers takes what `COMMIT` or `COMMITTED` answered.
   *
   * @throws StoreError SERVER_CHANGED if that is another server than the one that was judged.
   */
  committing(): (committed: Committed) => void;
  /** Writes the file. */
  save(): Promise<void>;
};

/**
 * Begins a new generation of the data (reading X4) if a PostgreSQL server may lack what was acknowledged: a promoted
 * standby, a restored backup. A server does not know what it lacks, so each process remembers what was acknowledged to it,
 * and compares. Of several processes one begins the generation.
 */
export function createServerWatch({ file, now, onGeneration }: ServerWatchOptions): ServerWatch {
  const memory = createAcknowledgedMemory(file);
  let server: Server | null = null;
  let saysWhatItIs = true;
  let doubts = 0;
  let doubtsSettled = 0;

  function told(current: CurrentGeneration, begun: boolean): CurrentGeneration {
    onGeneration(current, begun);
    return current;
  }

  async function judge(ask: Ask): Promise<CurrentGeneration> {
    for (;;) {
      // Before the server is looked at, which goes on meanwhile.
      const known = memory.current();
      const seen = saysWhatItIs ? await look(ask) : null;
      if (seen === null) {
        saysWhatItIs = false;
        server = null;
        const [row] = await ask<GenerationRow>(`select ${ROW} from store_generation`);
        return told(currentOf(row, null), false);
      }
      const isSameRun = server?.timeline === seen.timeline && server.started === seen.started;
      const current = currentOf(seen, seen.position);
      const finding = await compare(seen, known, isSameRun, ask);
      if (finding !== 'lacks') {
        if (seen.notedSystem !== seen.system || seen.notedTimeline !== seen.timeline) {
          await ask(NOTE, [seen.system, seen.timeline, seen.generation]);
        }
        adopt(seen, seen.generation, finding === 'holds');
        return told(current, false);
      }
      const { generation, replaced } = successorOf(seen.generation, current.replaces);
      const renewedAt = wallClockAt(now());
      const row = [seen.system, seen.timeline, seen.generation, generation, replaced.join(','), renewedAt];
      if ((await ask(RENEW, row)).length > 0) {
        adopt(seen, generation, false);
        return told({ generation, replaces: replaced, renewedAt, position: seen.position }, true);
      }
      // Another process was first.
    }
  }

  function adopt({ system, timeline, started, position, waits }: Seen, generation: string, holds: boolean): void {
    server = { timeline, started };
    // With what was acknowledged while the server was looked at.
    const rest = (holds ? memory.current() : null) ?? { position, last: [] };
    const reached = Math.max(rest.position, position);
    memory.remember({ ...rest, generation, system, timeline, position: reached, waited: waits === 1 });
  }

  return {
    async meet(ask) {
      const before = doubts;
      const current = await judge(ask);
      doubtsSettled = before;
      return current;
    },
    isSure: () => server === null || doubts === doubtsSettled,
    doubt() {
      doubts += 1;
    },
    isWatching: () => server !== null,
    committing() {
      const before = memory.current();
      return ({ file, lsn, xid }) => {
        const known = memory.current();
        const position = bytesOf(lsn);
        // A base backup in its place has a shorter log.
        const isSame = file.startsWith(server?.timeline ?? file) && position >= (before?.position ?? 0);
        if (known === null || !isSame) {
          doubts += 1;
          throw new StoreError('SERVER_CHANGED', 'Another PostgreSQL server answered than before; ask again.');
        }
        if (xid === null) return;
        // What was acknowledged before this commit was sent lies before it.
        const since = known.last.filter((one) => !before?.last.includes(one));
        const last = xid === undefined ? known.last : [...since, xid];
        memory.remember({ ...known, position: Math.max(known.position, position), last });
      };
    },
    save: () => memory.save(),
  };
}

/**
 * Whether a server holds what was acknowledged to this process. `begun`: a new generation exists since then, so callers already
 * report again. A process that remembers nothing goes by the server that the data were last used on.
 */
async function compare(
  seen: Seen,
  known: Acknowledged | null,
  isSameRun: boolean,
  ask: Ask,
): Promise<'holds' | 'begun' | 'lacks'> {
  if (known === null) {
    const { notedSystem, notedTimeline, system, timeline } = seen;
    const isSame = notedSystem === null || (notedSystem === system && notedTimeline === timeline);
    return isSame ? 'holds' : 'lacks';
  }
  if (currentOf(seen, null).replaces.includes(known.generation)) return 'begun';
  if (known.generation !== seen.generation || known.system !== seen.system) return 'lacks';
  // A process that died may have been the only one to know an acknowledged commit, unless a standby had it first.
  if (known.timeline !== seen.timeline && !known.waited) return 'lacks';
  const reached = known.timeline === seen.timeline ? seen.position : await findSwitchPoint(known, seen, ask);
  if (reached === null || reached < known.position) return 'lacks';
  return isSameRun || (await areCommitted(known.last, ask)) ? 'holds' : 'lacks';
}

/** The position at which a server's log left the timeline of what is known; null if that is not seen. */
async function findSwitchPoint(known: Acknowledged, seen: Seen, ask: Ask): Promise<number | null> {
  const [row] = await unlessRefused(() => ask<{ history: string }>(HISTORY, [seen.timeline]));
  const lines = (row?.history ?? '').split('\n').map((line) => line.trim().split(/\s+/));
  const [, position] = lines.find(([timeline]) => Number(timeline) === Number.parseInt(known.timeline, 16)) ?? [];
  return position === undefined ? null : bytesOf(position);
}

function bytesOf(lsn: string): number {
  const [high = '', low = ''] = lsn.split('/');
  return Number.parseInt(high, 16) * 2 ** 32 + Number.parseInt(low, 16);
}

/**
 * Whether a server knows transactions as committed. The position of each was taken after its writes and just before its commit. A server whose
 * log holds the writes has given the number to no other transaction, so its state says whether the commit is there too.
 */
async function areCommitted(xids: readonly string[], ask: Ask): Promise<boolean> {
  if (xids.length === 0) return true;
  const rows = await unlessRefused(() => ask<{ status: string | null }>(STATUSES, [xids]));
  // null: so old that its state is not kept.
  return rows.length > 0 && rows.every(({ status }) => status === 'committed' || status === null);
}

/** null if the server does not let this role see what it is, or knows no timelines. */
async function look(ask: Ask): Promise<Seen | null> {
  const [seen] = await unlessRefused(() => ask<Seen>(LOOK));
  if (seen?.isStandby === 1) {
    throw new StoreError(
      'CANNOT_OPEN',
      'The PostgreSQL server is a standby and takes no writes: name the primary in DATABASE_URL.',
    );
  }
  return seen ?? null;
}

/** No rows where the server refuses: not supported (0A), not a value (22), not permitted or unknown (42), not in this state (55), no such file (58P01). */
async function unlessRefused<R>(ask: () => Promise<R[]>): Promise<R[]> {
  try {
    return await ask();
  } catch (error) {
    if (/^(0A...|22...|42...|55...|58P01)$/.test(errorCode(error))) return [];
    throw error;
  }
}
