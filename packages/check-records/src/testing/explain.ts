import type { Store } from '@ticket-check/storage';
import { CompiledQuery, createQueryId, type KyselyPlugin, type RootOperationNode } from 'kysely';

/** How the engine answers what is asked on these connections: of each statement its text and the steps of its plan, a line each. */
export async function plansOf<DB>(store: Store<DB>, ask: (asked: Store<DB>) => Promise<unknown>): Promise<string[]> {
  const asked: RootOperationNode[] = [];
  const noting: KyselyPlugin = {
    transformQuery({ node }) {
      asked.push(node);
      return node;
    },
    transformResult: async ({ result }) => result,
  };
  await ask({ ...store, db: store.db.withPlugin(noting), reports: store.reports.withPlugin(noting) });
  const plans: string[] = [];
  for (const node of asked) {
    const { sql, parameters } = store.reports.getExecutor().compileQuery(node, createQueryId());
    const explain = store.engine === 'sqlite' ? 'explain query plan' : 'explain';
    const { rows } = await store.db.executeQuery(CompiledQuery.raw(`${explain} ${sql}`, [...parameters]));
    plans.push([sql, ...rows.map((row) => Object.values(row as object).at(-1))].join('\n'));
  }
  return plans;
}
