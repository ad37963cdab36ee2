import {
  type BinaryOperationNode,
  type Expression,
  expressionBuilder,
  OperatorNode,
  PrimitiveValueListNode,
  type SqlBool,
} from 'kysely';

/** A longer list is one parameter: SQLite takes 32,766 of them in a statement, PostgreSQL 65,535. */
const LONGEST = 100;

/** The operands of a comparison with a long list: its values, and whether it is negated. Null for other nodes. */
export function longListOf({ operator, rightOperand }: BinaryOperationNode) {
  if (!PrimitiveValueListNode.is(rightOperand) || rightOperand.values.length <= LONGEST) return null;
  if (!OperatorNode.is(operator) || (operator.operator !== 'in' && operator.operator !== 'not in')) return null;
  return { values: rightOperand.values, operator: operator.operator };
}

/** Whether a column has one of these values, for a statement in SQL; as `where(column, 'in', values)` of a query. */
export function isOneOf(column: Expression<unknown>, values: readonly string[]): Expression<SqlBool> {
  return expressionBuilder<never, never>()(column as Expression<string>, 'in', values);
}
