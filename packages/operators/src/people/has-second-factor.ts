import type { ExpressionBuilder, Kysely } from 'kysely';
import type { OperatorTables } from './operator-tables.ts';

/** Whether the operator of a row has set up a second factor, as an expression of a query. */
export function hasSecondFactor(eb: ExpressionBuilder<OperatorTables, 'operator'>) {
  const has = (table: 'operatorTotp' | 'operatorPasskey') =>
    eb.exists(eb.selectFrom(table).select(`${table}.username`).whereRef(`${table}.username`, '=', 'operator.username'));
  return eb.or([has('operatorTotp'), has('operatorPasskey')]);
}

/** Whether an operator has set up a second factor. */
export async function hasSecondFactorNow(db: Kysely<OperatorTables>, username: string): Promise<boolean> {
  const operator = db.selectFrom('operator').select('username').where('username', '=', username);
  return (await operator.where(hasSecondFactor).execute()).length > 0;
}
