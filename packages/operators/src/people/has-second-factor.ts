import type { ExpressionBuilder } from 'kysely';
import type { OperatorTables } from './operator-tables.ts';

/** Whether the operator of a row has set up a second factor, as an expression of a query. */
export function hasSecondFactor(eb: ExpressionBuilder<OperatorTables, 'operator'>) {
  return eb.exists(
    eb
      .selectFrom('operatorTotp')
      .select('operatorTotp.username')
      .whereRef('operatorTotp.username', '=', 'operator.username'),
  );
}
