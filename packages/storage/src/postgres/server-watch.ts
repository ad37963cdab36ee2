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
  /** Where a server that was a standby stopped to follow; null if it was none since it was started. */
  readonly followedTo: number | null;
  readonly startedAt: number;
  /** Says `on` where none is promoted that lacks a commit for which a standby was waited for, as by Patroni in strict mode. */
  readonly lossless: string;
} & Reached;

/** How far a server has come. Both only grow; idle servers write their log, but number no transactions. */
type Reached = {
  /** Bytes of its log that are durable. */
  readonly position: number;
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
    (select cast(system_identifier as text) from pg_control_system()) as "system",
    pg_last_wal_replay_lsn() - '0/0' as "followedTo",
    extract(epoch from pg_postmaster_start_time()) * 1000 as "startedAt",
    coalesce(current_setting('ticket_check.lossless_promotion', true), '') as "lossless"
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
      cast(cast(pg_current_xact_id_if_assigned() as text) as bigint) + 1) as transaction,
    cast(pg_current_xact_id_if_assigned() is not null as int) as wrote,
    extract(epoch from clock_timestamp()) * 1000 as at,
    cast(current_setting('synchronous_standby_names') <> '' and current_setting('synchronous_commit') <> 'local' as int) as waits
  from (
    select case when pg_current_xact_id_if_assigned() is null then pg_current_wal_flush_lsn() else pg_current_wal_insert_lsn() end
  ) as reached (lsn)
`;

export type Committed = Reached & {
  readonly file: string;
  /** Epoch milliseconds, by the server. */
  readonly at: number;
  /** 1 if there is something to commit, and if that waits for a standby. */
  readonly wrote: number;
  readonly waits: number;
};

/** The last commit that was acknowledged to this process; of one before its start, what its file says. */
type LastCommit = Pick<Committed, 'at'> & {
  readonly timeline: string;
  /** How far a standby has come for certain; `Infinity` if none was waited for. */
  readonly standbyAt: number;
};

/** How far a server had come when it last acknowledged a commit to this process, and in which generation of the data. */
type Acknowledged = Reached & { readonly generation: string };

/** A file that is older says nothing of what other processes committed after it. */
const FILE_COUNTS_MS = 60_000;

export type ServerWatchOptions = {
  /** Keeps what was acknowledged to this process; without one it is forgotten with the process. */
  file: string | undefined;
  now: () => number;
  /** Called before anybody is answered from a generation; `isNew` is true if it begins here. */
  onGeneration: (current: CurrentGeneration, isNew: boolean) => void;
};

export type ServerWatch = ReturnType<typeof createServerWatch>;

/**
 * Begins a new generation of the data (reading X4) if a PostgreSQL server may lack what was acknowledged: a promoted
 * standby, a restored backup. A server does not know what it lacks. So every promotion and every other server counts, and
 * each process remembers how far commits were acknowledged to it. Of several processes one begins the generation.
 */
export function createServerWatch({ file, now, onGeneration }: ServerWatchOptions) {
  const kept = file === undefined ? null : readAcknowledged(file);
  let acknowledged: Acknowledged | null = kept;
  let saved = acknowledged;
  let saving = Promise.resolve();
  /** The timeline of the server that was judged last; null if it does not show what it is. */
  let timeline: string | null = null;
  let last: LastCommit | null = null;
  let showsWhatItIs = true;
  let doubts = 0;
  let doubtsSettled = 0;

  function adopt(seen: Seen, generation: string): void {
    // A promoted standby need not have what no commit waited for.
    const isKnown = acknowledged?.generation === generation && (timeline ?? seen.timeline) === seen.timeline;
    acknowledged = { generation, ...furthest(seen, acknowledged !== null && isKnown ? acknowledged : seen) };
    timeline = seen.timeline;
    // What was acknowledged before is judged.
    if (last?.timeline !== timeline) last = null;
  }

  /** The last commit that this process, or the one before it a moment ago, knows of. Until a server is judged the file counts. */
  function lastCommit(): LastCommit | null {
    const former = timeline === null ? (kept?.last ?? null) : null;
    return last ?? (former !== null && now() - former.at < FILE_COUNTS_MS ? former : null);
  }

  async function judge(ask: Ask): Promise<[current: CurrentGeneration, isNew: boolean]> {
    for (;;) {
      // Before the server is looked at: commits go on meanwhile.
      const [known, lastKnown] = [acknowledged, lastCommit()];
      const seen = showsWhatItIs ? await look(ask) : null;
      if (seen === null) {
        showsWhatItIs = false;
        timeline = null;
        const [row] = await ask<GenerationRow>(`select ${GENERATION_ROW} from store_generation`);
        return [currentOf(row, null), false];
      }
      const current = currentOf(seen, seen.position);
      if (!mayLack(seen, current, known, lastKnown)) {
        if (seen.notedTimeline !== seen.timeline) await ask(NOTE, [seen.system, seen.timeline, seen.generation]);
        adopt(seen, seen.generation);
        return [current, false];
      }
      // Where the operator went back to former data, those that this process used until then are out of use too.
      const left = known === null || known.generation === seen.generation ? [] : [known.generation];
      const { generation, replaced } = successorOf(seen.generation, [...left, ...current.replaces]);
      const renewedAt = wallClockAt(now());
      const row = [seen.system, seen.timeline, seen.generation, generation, replaced.join(','), renewedAt];
      if ((await ask(RENEW, row)).length > 0) {
        adopt(seen, generation);
        return [{ ...current, generation, replaces: replaced, renewedAt }, true];
      }
      // Another process was first.
    }
  }

  async function write(path: string): Promise<void> {
    if (acknowledged === saved) return;
    const written = acknowledged;
    await writeFile(`${path}.new`, JSON.stringify({ ...written, last }), { mode: 0o600 });
    await rename(`${path}.new`, path);
    saved = written;
  }

  async function meet(ask: Ask): Promise<CurrentGeneration> {
    const before = doubts;
    const [current, isNew] = await judge(ask);
    onGeneration(current, isNew);
    doubtsSettled = before;
    return current;
  }

  return {
    /** Judges the server behind a connection before it is used. @throws StoreError CANNOT_OPEN at a standby. */
    meet,
    /** Whether the server that was judged last still answers, as far as is known. */
    isSure: () => timeline === null || doubts === doubtsSettled,
    /** A connection failed: another server may answer next. */
    doubt() {
      doubts += 1;
    },
    /** false before the first server was met, and where a server does not show what it is. */
    isWatching: () => timeline !== null,
    /**
     * To be called when a commit is sent. The function that it returns takes what `REACHED` answered, and asks on that
     * connection.
     * @throws StoreError SERVER_CHANGED if that is a server that may lack something, and not the one that was judged.
     */
    committing() {
      const [before, from] = [acknowledged, timeline];
      return async (committed: Committed, ask: Ask): Promise<void> => {
        const isJudged = () =>
          before !== null &&
          acknowledged?.generation === before.generation &&
          committed.file.startsWith(timeline ?? '') &&
          // A base backup in its place has a shorter log.
          (timeline !== from || hasReached(committed, before));
        if (!isJudged()) {
          doubts += 1;
          await meet(ask);
        }
        if (acknowledged === null || before === null || !isJudged())
          throw new StoreError('SERVER_CHANGED', 'Another PostgreSQL server answered than before; ask again.');
        const { wrote, waits, position } = committed;
        // Numbers of transactions that wrote nothing durable may be given again after a crash.
        const transaction = wrote === 1 ? committed.transaction : 0;
        acknowledged = { ...acknowledged, ...furthest(acknowledged, { position, transaction }) };
        const standbyAt = waits === 0 ? Infinity : wrote === 1 ? position : (last?.standbyAt ?? 0);
        last = { timeline: committed.file.slice(0, 8), at: committed.at, standbyAt };
      };
    },
    save(): Promise<void> {
      if (file !== undefined) saving = saving.then(() => write(file)).catch(() => {});
      return saving;
    },
  };
}

function mayLack(seen: Seen, current: CurrentGeneration, known: Acknowledged | null, last: LastCommit | null): boolean {
  const { notedSystem, notedTimeline, system, timeline } = seen;
  const isSame = notedSystem === system && notedTimeline === timeline;
  // Another process has seen the promotion before.
  const isPromoted = last !== null && last.timeline !== timeline && known?.generation === seen.generation;
  if (notedSystem !== null && (!isSame || isPromoted)) return !hasAll(seen, last);
  // A generation that began since then has callers report again already.
  if (known === null || current.replaces.includes(known.generation)) return false;
  return known.generation !== seen.generation || !hasReached(seen, known);
}

/**
 * Whether a promoted standby has everything that was acknowledged. It was one when the last commit was acknowledged to this
 * process, which waited for a standby; it followed as far as one is known to have come; and who promotes vouches for the rest.
 */
function hasAll({ notedSystem, system, timeline, followedTo, startedAt, lossless }: Seen, last: LastCommit | null) {
  return (
    last !== null &&
    lossless === 'on' &&
    notedSystem === system &&
    Number.parseInt(timeline, 16) === Number.parseInt(last.timeline, 16) + 1 &&
    startedAt < last.at &&
    followedTo !== null &&
    followedTo >= last.standbyAt
  );
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
function readAcknowledged(file: string): (Acknowledged & { last: LastCommit | null }) | null {
  try {
    const { generation, position, transaction, last } = JSON.parse(readFileSync(file, 'utf8'));
    const isWhole = typeof generation === 'string' && [position, transaction].every(Number.isSafeInteger);
    // `Infinity` was written as null.
    const former = last ? { ...last, standbyAt: last.standbyAt ?? Infinity } : null;
    return isWhole ? { generation, position, transaction, last: former } : null;
  } catch {
    return null;
  }
}
