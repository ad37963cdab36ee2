import type { Upstream } from '@ticket-check/exchange';
import { type WallClock, wallClockAt } from '@ticket-check/protocol';
import { createJobs } from '@ticket-check/storage';
import { sql } from 'kysely';
import type { Logger } from 'pino';
import type { RecordStore } from '../store/record-store.ts';
import type { OwnDb, OwnStore } from '../tables/tables.ts';

export type RestoreWatch = ReturnType<typeof createRestoreWatch>;

const DAY_MS = 86_400_000;

export type RestoreWatchOptions = {
  store: OwnStore;
  recordStore: Pick<RecordStore, 'outbox'>;
  upstream(): Promise<Pick<Upstream, 'url' | 'generation' | 'replaces' | 'position' | 'believesLess'> | null>;
  /** Queues durably whatever else was sent since then. Called again where that failed or was cut off by `stopping`. */
  resendOthers?(since: WallClock, stopping: AbortSignal): Promise<void>;
  onQueued(): void;
  resendDays: number;
  now: () => number;
  logger: Pick<Logger, 'warn' | 'error'>;
  /** Aborted once the service ends: what is cut off then is sent again by the next one. */
  stopping?: AbortSignal;
};

const SENDING_AGAIN = 'sending again';

/** Sends again what an upstream has lost because it was restored from a backup, at whatever address. Reading X4. */
export function createRestoreWatch(options: RestoreWatchOptions) {
  const { store, recordStore, resendDays, now, logger, stopping = new AbortController().signal } = options;
  const jobs = createJobs(store);
  let looking: Promise<number> = Promise.resolve(0);
  let passed: { generation: string; position: number | null } | null = null;

  async function look(): Promise<number> {
    if ((await findChange()) === null) return 0;
    // Another process may be at it, and die before it is done: the next look finds that out.
    return (await jobs.alone(SENDING_AGAIN, async () => act(await findChange()))) ?? 0;
  }

  /** The generation of the upstream's data, where everything was not sent to it. */
  async function findChange() {
    const upstream = await options.upstream();
    const generation = upstream?.generation() ?? null;
    if (upstream === null || generation === null) return null;
    const current = { generation, replaces: upstream.replaces(), url: upstream.url, position: upstream.position() };
    const noted = await loadNotedGenerations(store.db);
    const relation = relate(current, noted);
    return relation === 'known' ? null : { current, noted, relation, upstream };
  }

  async function act(change: Awaited<ReturnType<typeof findChange>>): Promise<number> {
    if (change === null) return 0;
    const { current, noted, relation, upstream } = change;
    let queued = 0;
    if (relation === 'less' && !upstream.believesLess(current.position ?? 0)) return 0;
    if (relation !== 'stranger') {
      const since = wallClockAt(now() - resendDays * DAY_MS);
      queued = await recordStore.outbox.resendSince(since);
      // Behind the records, for which compensating records wait. Reading R11.
      await options.resendOthers?.(since, stopping);
      // The next start sends all of it again.
      if (stopping.aborted) return 0;
      logger.warn({ url: current.url, since, queued }, 'upstream was restored: sending the last days again');
    }
    // Afterwards: a crash in between sends twice, and sending is idempotent.
    await noteGeneration(store, current, noted, wallClockAt(now()));
    if (queued > 0) options.onQueued();
    return queued;
  }

  function lookInTurn(): Promise<number> {
    // One after the other, so that one change is acted on once.
    looking = looking.then(look, look);
    return looking;
  }

  return {
    /** Queues the last days again where the upstream's data are of another generation; answers how many. After a crash again. */
    look: lookInTurn,
    noticed(): void {
      lookInTurn().catch((err: unknown) => logger.error({ err }, 'failed to check whether the upstream was restored'));
    },
    /** Checks whether the upstream has less than before. To be called every twenty seconds: by then its processes agree. */
    async compare(): Promise<void> {
      const upstream = await options.upstream();
      const generation = upstream?.generation() ?? null;
      const heard = upstream === null || generation === null ? null : { generation, position: upstream.position() };
      await lookInTurn();
      if (passed?.position != null && passed.generation === heard?.generation) await notePosition(store.db, passed);
      passed = heard;
    },
    async ended(): Promise<void> {
      await looking.catch(() => {});
    },
  };
}

/** One generation of a platform's data: its id, and every one that is known to have been before it. Reading X4. */
type UpstreamGeneration = { readonly generation: string; readonly replaces: readonly string[] };
/** A generation to which all that it should have was sent, with the address that it was reached at. */
type NotedGeneration = UpstreamGeneration & { readonly url: string; readonly position: number | null };

/**
 * What a generation is to those that were noted. `known`: everything was sent to it. `restored`: other data, restored from a backup
 * of what everything was sent to. `less`: the same, with less than it had. `stranger`: another platform.
 * Data are known by what came before them, and by the address for peers that name no predecessors.
 */
function relate(current: NotedGeneration, noted: readonly NotedGeneration[]) {
  const { url, position } = current;
  const same = noted.find(({ generation }) => generation === current.generation);
  const isLess = position !== null && same !== undefined && same.position !== null && position < same.position;
  if (same !== undefined) return isLess ? 'less' : 'known';
  return noted.some((one) => one.url === url || areRelated(current, one)) ? 'restored' : 'stranger';
}

const areRelated = (a: UpstreamGeneration, b: UpstreamGeneration): boolean =>
  [...lineageOf(a)].some((id) => lineageOf(b).has(id));

const lineageOf = ({ generation, replaces }: UpstreamGeneration): Set<string> => new Set([generation, ...replaces]);

/** Of data that were restored again and again the latest generations are enough. */
const MAX_REMEMBERED = 64;

async function loadNotedGenerations(db: OwnDb): Promise<NotedGeneration[]> {
  const noted = db.selectFrom('upstreamGeneration').select(['generation', 'url', 'replaces', 'position']);
  return (await noted.execute()).map(({ replaces, ...row }) => ({
    ...row,
    replaces: replaces === '' ? [] : replaces.split(','),
  }));
}

async function notePosition(db: OwnDb, { generation, position }: Pick<NotedGeneration, 'generation' | 'position'>) {
  await sql`
    update upstream_generation set position = ${position}
    where generation = ${generation} and (position is null or position < ${position})
  `.execute(db);
}

/** Notes that everything was sent to a generation, which takes the place of those before it: if one of them comes back, it lacks what came later. */
async function noteGeneration(
  store: OwnStore,
  current: NotedGeneration,
  noted: readonly NotedGeneration[],
  notedAt: string,
): Promise<void> {
  const former = noted.filter((one) => one.url === current.url || areRelated(current, one));
  const replaces = [...new Set([...current.replaces, ...former.flatMap((one) => [...lineageOf(one)])])]
    .filter((id) => id !== current.generation)
    .slice(0, MAX_REMEMBERED);
  await store.transaction(async (trx) => {
    const gone = [current, ...former].map(({ generation }) => generation);
    await trx.deleteFrom('upstreamGeneration').where('generation', 'in', gone).execute();
    const { generation, url } = current;
    await trx
      .insertInto('upstreamGeneration')
      .values({ generation, url, replaces: replaces.join(','), position: null, notedAt })
      .onConflict((conflict) => conflict.column('generation').doNothing())
      .execute();
  });
}
