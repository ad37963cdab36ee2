import { readFileSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { wallClockAt } from '@ticket-check/protocol';
import { type CurrentGeneration, currentOf, GENERATION_ROW, type GenerationRow, successorOf } from '../generation.ts';
import { errorCode, StoreError } from '../store-error.ts';

export type Ask = <R extends object>(statement: string, values?: readonly unknown[]) => Promise<R[]>;

type Seen = GenerationRow & {
  /** The server that the data were last used on. */
  readonly notedSystem: string | null;
  readonly notedTimeline: string | null;
  readonly isStandby: number;
  readonly system: string;
  readonly timeline: string;
} & Reached;

/** How far a server has come. Both only grow; idle servers write their log, but number no transactions. */
type Reached = {
  /** Bytes of its log that are durable. */
  readonly position: number;
  /** The number of the next transaction. */
  readonly transaction: number;
};

// The control file holds the timeline of the last checkpoint, which is the former one for a while after a promotion; the
// name of the present log segment begins with the present one.
const LOOK = `
  select ${GENERATION_ROW}, server_system as "notedSystem", server_timeline as "notedTimeline",
    cast(pg_is_in_recovery() as int) as "isStandby",
    case when not pg_is_in_recovery() then left(pg_walfile_name(pg_current_wal_insert_lsn()), 8) end as "timeline",
    case when not pg_is_in_recovery() then pg_current_wal_flush_lsn() - '0/0' end as "position",
    cast(cast(pg_snapshot_xmax(pg_current_snapshot()) as text) as bigint) as "transaction",
    (select cast(system_identifier as text) from pg_control_system()) as "system"
  from store_generation
`;

const NOTE = 'update store_generation set server_system = $1, server_timeline = $2 where generation = $3';

const RENEW = `
  update store_generation set server_system = $1, server_timeline = $2, generation = $4, replaced = $5, renewed_at = $6
  where generation = $3
  returning id
`;

/**
 * Asked last in each transaction, by the server that then commits it: what the commit itself adds to the log is less than a server
 * writes when it starts. A commit that has written nothing makes nothing of others durable either.
 */
export const REACHED = `
  select pg_walfile_name(lsn) as file, lsn - '0/0' as position,
    greatest(cast(cast(pg_snapshot_xmax(pg_current_snapshot()) as text) as bigint),
      cast(cast(pg_current_xact_id_if_assigned() as text) as bigint) + 1) as transaction
  from (
    select case when pg_current_xact_id_if_assigned() is null then pg_current_wal_flush_lsn() else pg_current_wal_insert_lsn() end
  ) as reached (lsn)
`;

export type Committed = Reached & { readonly file: string };

/** How far a server had come when it last acknowledged a commit to this process, and in which generation of the data. */
type Acknowledged = Reached & { readonly generation: string };

export type ServerWatchOptions = {
  /** Keeps what was acknowledged to this process; without one it is forgotten with the process. */
  file: string | undefined;
  /** Epoch milliseconds. */
  now: () => number;
  /** Called before anybody is answered from a generation; `begun` is true if it began here. */
  onGeneration: (current: CurrentGeneration, begun: boolean) => void;
};

export type ServerWatch = ReturnType<typeof createServerWatch>;

/**
 * Begins a new generation of the data (reading X4) if a PostgreSQL server may lack what was acknowledged: a promoted
 * standby, a restored backup. A server does not know what it lacks. So every promotion and every other server counts, and
 * each process remembers how far commits were acknowledged to it. Of several processes one begins the generation.
 */
export function createServerWatch({ file, now, onGeneration }: ServerWatchOptions) {
  let acknowledged = file === undefined ? null : readAcknowledged(file);
  let saved = acknowledged;
  let saving = Promise.resolve();
  /** The timeline of the server that was judged last; null if it does not show what it is. */
  let timeline: string | null = null;
  let showsWhatItIs = true;
  let doubts = 0;
  let doubtsSettled = 0;

  function adopt(seen: Seen, generation: string): void {
    timeline = seen.timeline;
    acknowledged = { generation, ...furthest(seen, acknowledged?.generation === generation ? acknowledged : seen) };
  }

  function announce(current: CurrentGeneration, begun: boolean): CurrentGeneration {
    onGeneration(current, begun);
    return current;
  }

  async function judge(ask: Ask): Promise<CurrentGeneration> {
    for (;;) {
      // Before the server is looked at: commits go on meanwhile.
      const known = acknowledged;
      const seen = showsWhatItIs ? await look(ask) : null;
      if (seen === null) {
        showsWhatItIs = false;
        timeline = null;
        const [row] = await ask<GenerationRow>(`select ${GENERATION_ROW} from store_generation`);
        return announce(currentOf(row, null), false);
      }
      const current = currentOf(seen, seen.position);
      if (!mayLack(seen, current, known)) {
        if (seen.notedSystem === null) await ask(NOTE, [seen.system, seen.timeline, seen.generation]);
        adopt(seen, seen.generation);
        return announce(current, false);
      }
      // Where the operator went back to former data, those that this process used until then are out of use too.
      const left = known === null || known.generation === seen.generation ? [] : [known.generation];
      const { generation, replaced } = successorOf(seen.generation, [...left, ...current.replaces]);
      const renewedAt = wallClockAt(now());
      const row = [seen.system, seen.timeline, seen.generation, generation, replaced.join(','), renewedAt];
      if ((await ask(RENEW, row)).length > 0) {
        adopt(seen, generation);
        return announce({ ...current, generation, replaces: replaced, renewedAt }, true);
      }
      // Another process was first.
    }
  }

  async function write(path: string): Promise<void> {
    if (acknowledged === saved) return;
    const written = acknowledged;
    await writeFile(`${path}.new`, JSON.stringify(written), { mode: 0o600 });
    await rename(`${path}.new`, path);
    saved = written;
  }

  return {
    /**
     * Judges the server behind a connection before it is used.
     *
     * @throws StoreError CANNOT_OPEN at a standby.
     */
    async meet(ask: Ask): Promise<CurrentGeneration> {
      const before = doubts;
      const current = await judge(ask);
      doubtsSettled = before;
      return current;
    },
    /** Whether the server that was judged last still answers, as far as is known. */
    isSure: () => timeline === null || doubts === doubtsSettled,
    /** A connection failed: another server may answer next. */
    doubt() {
      doubts += 1;
    },
    /** false before the first server was met, and where a server does not show what it is. */
    isWatching: () => timeline !== null,
    /**
     * To be called when a commit is sent. The function that it returns takes what `REACHED` answered, once it is committed.
     *
     * @throws StoreError SERVER_CHANGED if that is another server than the one that was judged.
     */
    committing() {
      const before = acknowledged;
      return (committed: Committed) => {
        // A base backup in its place has a shorter log.
        const isSame = committed.file.startsWith(timeline ?? '') && (before === null || hasReached(committed, before));
        if (acknowledged === null || !isSame) {
          doubts += 1;
          throw new StoreError('SERVER_CHANGED', 'Another PostgreSQL server answered than before; ask again.');
        }
        acknowledged = { ...acknowledged, ...furthest(acknowledged, committed) };
      };
    },
    /** Writes the file where something has changed. */
    save(): Promise<void> {
      if (file !== undefined) saving = saving.then(() => write(file)).catch(() => {});
      return saving;
    },
  };
}

function mayLack(seen: Seen, current: CurrentGeneration, known: Acknowledged | null): boolean {
  const { notedSystem, notedTimeline, system, timeline } = seen;
  if (notedSystem !== null && (notedSystem !== system || notedTimeline !== timeline)) return true;
  // A generation that began since then has callers report again already.
  if (known === null || current.replaces.includes(known.generation)) return false;
  return known.generation !== seen.generation || !hasReached(seen, known);
}

function hasReached(server: Reached, known: Reached): boolean {
  return server.position >= known.position && server.transaction >= known.transaction;
}

function furthest(a: Reached, b: Reached): Reached {
  return { position: Math.max(a.position, b.position), transaction: Math.max(a.transaction, b.transaction) };
}

/** Null if the server does not let this role see what it is, or knows no timelines. */
async function look(ask: Ask): Promise<Seen | null> {
  try {
    const [seen] = await ask<Seen>(LOOK);
    if (seen?.isStandby !== 1) return seen ?? null;
  } catch (error) {
    // Not supported (0A), not permitted or unknown (42), not in this state (55).
    if (/^(0A|42|55)...$/.test(errorCode(error))) return null;
    throw error;
  }
  throw new StoreError(
    'CANNOT_OPEN',
    'The PostgreSQL server is a standby and takes no writes: name the primary in DATABASE_URL.',
  );
}

/** A file that cannot be read counts as none. */
function readAcknowledged(file: string): Acknowledged | null {
  try {
    const { generation, position, transaction } = JSON.parse(readFileSync(file, 'utf8'));
    const isWhole = typeof generation === 'string' && [position, transaction].every(Number.isSafeInteger);
    return isWhole ? { generation, position, transaction } : null;
  } catch {
    return null;
  }
}
