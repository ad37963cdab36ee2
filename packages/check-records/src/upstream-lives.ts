import type { Store } from '@ticket-check/storage';
import type { Kysely } from 'kysely';
import type { CheckRecordTables } from './tables.ts';

/** One life of a platform's data: its id, and every one that is known to have been before it. Reading X4. */
export type Life = { readonly generation: string; readonly replaces: readonly string[] };
/** A life to which all that it should have was sent, with the address that it was reached at. */
export type NotedLife = Life & { readonly url: string };

/**
 * What a life is to those that were noted. `known`: everything was sent to it. `restored`: it is another life of data that
 * everything was sent to, put back to a backup. `stranger`: data that were never reported to, another platform.
 *
 * Data are known by what came before them: a backup is mostly restored on another machine, at another address, and one
 * backup may be restored twice. The address counts beside it, for peers of earlier versions that name no predecessors.
 */
export function relate(life: Life, url: string, noted: readonly NotedLife[]): 'known' | 'restored' | 'stranger' {
  if (noted.some(({ generation }) => generation === life.generation)) return 'known';
  return noted.some((one) => one.url === url || areRelated(life, one)) ? 'restored' : 'stranger';
}

function areRelated(a: Life, b: Life): boolean {
  const lineage = lineageOf(b);
  return [...lineageOf(a)].some((id) => lineage.has(id));
}

const lineageOf = ({ generation, replaces }: Life): Set<string> => new Set([generation, ...replaces]);

/** Of data that were restored again and again the latest lives are enough. */
const MAX_REMEMBERED = 64;

export async function loadNotedLives(db: Kysely<CheckRecordTables>): Promise<NotedLife[]> {
  const rows = await db.selectFrom('upstreamLife').select(['generation', 'url', 'replaces']).execute();
  return rows.map(({ replaces, ...row }) => ({ ...row, replaces: replaces === '' ? [] : replaces.split(',') }));
}

/** Notes that everything was sent to a life, which takes the place of those before it: if one of them comes back, it lacks what came later. */
export async function noteLife(
  store: Store<CheckRecordTables>,
  life: NotedLife,
  noted: readonly NotedLife[],
  notedAt: string,
): Promise<void> {
  const former = noted.filter((one) => one.url === life.url || areRelated(life, one));
  const replaces = [...new Set([...life.replaces, ...former.flatMap((one) => [...lineageOf(one)])])]
    .filter((id) => id !== life.generation)
    .slice(0, MAX_REMEMBERED);
  await store.transaction(async (trx) => {
    const gone = [life, ...former].map(({ generation }) => generation);
    await trx.deleteFrom('upstreamLife').where('generation', 'in', gone).execute();
    await trx
      .insertInto('upstreamLife')
      .values({ generation: life.generation, url: life.url, replaces: replaces.join(','), notedAt })
      .onConflict((conflict) => conflict.column('generation').doNothing())
      .execute();
  });
}
