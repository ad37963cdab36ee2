import { printResult } from '@ticket-check/runtime';
import type { Command } from 'commander';
import type { Kysely } from 'kysely';
import type { CommandStore } from './command-store.ts';
import type { OperationRow, OperationTables } from './migrations.ts';

const ROWS_A_PAGE = 1000;

/** Adds `operations list` to a service's program. */
export function operationCommands(program: Command, store: Pick<CommandStore<OperationTables>, 'read'>): void {
  program
    .command('operations')
    .description('what people have changed here')
    .command('list')
    .description('print every change by a command with who made it, oldest first, one JSON object a line')
    .action(() =>
      store.read(async ({ db }) => {
        for await (const row of listOperations(db)) printResult(JSON.stringify(operationJson(row)));
      }),
    );
}

async function* listOperations(db: Kysely<OperationTables>): AsyncGenerator<OperationRow> {
  let after: Pick<OperationRow, 'beganAt' | 'id'> | undefined = { beganAt: '', id: '' };
  while (after !== undefined) {
    const { beganAt, id }: Pick<OperationRow, 'beganAt' | 'id'> = after;
    const page: OperationRow[] = await db
      .selectFrom('operation')
      .selectAll()
      .where((eb) => eb(eb.refTuple('beganAt', 'id'), '>', eb.tuple(beganAt, id)))
      .orderBy('beganAt')
      .orderBy('id')
      .limit(ROWS_A_PAGE)
      .execute();
    yield* page;
    after = page.at(-1);
  }
}

function operationJson({ id, name, actor, from, beganAt, endedAt, of, failed, what, before, after }: OperationRow) {
  return {
    Id: id,
    Name: name,
    Actor: actor,
    From: from,
    BeganAt: beganAt,
    EndedAt: endedAt,
    ...(of === null && failed === 0 ? {} : { Of: of, Failed: failed === 1 }),
    What: JSON.parse(what) as unknown,
    ...(before === null ? {} : { Before: JSON.parse(before) as unknown }),
    ...(after === null ? {} : { After: JSON.parse(after) as unknown }),
  };
}
