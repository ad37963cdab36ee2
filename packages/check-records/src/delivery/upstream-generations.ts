import type { Store } from '@ticket-check/storage';
import type { Kysely } from 'kysely';
import type { CheckRecordTables } from '../tables/tables.ts';

/** One generation of a platform's data: its id, and every one that is known to have been before it. Reading X4. */
type UpstreamGeneration = { readonly generation: string; readonly replaces: readonly string[] };
/** A generation to which all that it should have was sent, with the address that it was reached at. */
export type NotedGeneration = UpstreamGeneration & {
  readonly url: string;
  /** Its latest known position; null if none came. */
  readonly position: number | null;
};

/**
 * What a generation is to those that were noted. `known`: everything was sent to it. `restored`: it is another generation of data that
 * everything was sent to, restored from a backup. `less`: it is the same one, with less than it had. `stranger`: data that were never reported to, another platform.
 *
 * Data are known by what came before them: a backup is mostly restored on another machine, at another address, and one
 * backup may be restored twice. The address counts beside it, for peers that name no predecessors.
 */
export function relate(
  current: NotedGeneration,
  noted: readonly NotedGeneration[],
): 'known' | 'restored' | 'less' | 'stranger' {
  const { url, position } = current;
  const same = noted.find(({ generation }) => generation === current.generation);
  const isLess = position !== null && same !== undefined && same.position !== null && position < same.position;
  if (same !== undefined) return isLess ? 'less' : 'known';
  return noted.some((one) => one.url === url || areRelated(current, one)) ? 'restored' : 'stranger';
}

function areRelated(a: UpstreamGeneration, b: UpstreamGeneration): boolean {
  const lineage = lineageOf(b);
  return [...lineageOf(a)].some((id) => lineage.has(id));
}

const lineageOf = ({ generation, replaces }: UpstreamGeneration): Set<string> => new Set([generation, ...replaces]);

/** Of data that were restored again and again the latest generations are enough. */
const MAX_REMEMBERED = 64;

export async function loadNotedGenerations(db: Kysely<CheckRecordTables>): Promise<NotedGeneration[]> {
  const rows = await db
    .selectFrom('upstreamGeneration')
    .select(['generation', 'url', 'replaces', 'position'])
    .execute();
  return rows.map(({ replaces, ...row }) => ({ ...row, replaces: replaces === '' ? [] : replaces.split(',') }));
}

/** Notes how far a generation has come since everything was sent to it. */
export async function notePosition(
  db: Kysely<CheckRecordTables>,
  { generation, position }: Pick<NotedGeneration, 'generation' | 'position'>,
): Promise<void> {
  await db
    .updateTable('upstreamGeneration')
    .set({ position })
    .where('generation', '=', generation)
    .where((eb) => eb.or([eb('position', 'is', null), eb('position', '<', position)]))
    .execute();
}

/** Notes that everything was sent to a generation, which takes the place of those before it: if one of them comes back, it lacks what came later. */
export async function noteGeneration(
  store: Store<CheckRecordTables>,
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
    await trx
      .insertInto('upstreamGeneration')
      .values({
        generation: current.generation,
        url: current.url,
        replaces: replaces.join(','),
        position: null,
        notedAt,
      })
      .onConflict((conflict) => conflict.column('generation').doNothing())
      .execute();
  });
}
