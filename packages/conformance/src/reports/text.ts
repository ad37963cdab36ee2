import { type CaseResult, countOf, type Result } from '../frame/case.ts';

const RESULTS: readonly Result[] = ['PASS', 'FAIL', 'WARN', 'SKIPPED', 'NOT ASKED'];

/** One line of the table, and below what failed what shows it and what to do. */
export function rowText({ Id, Clause, Title, Result: result, Reason, Advice, Exchange }: CaseResult): string {
  const row = `${result.padEnd(9)}  ${Clause.padEnd(10)}  ${Id.padEnd(32)}  ${Title}\n`;
  if (result === 'PASS') return row;
  const reason = Reason === '' ? '' : `${INDENT}${Reason}\n`;
  if (result !== 'FAIL') return row + reason;
  const shown = Exchange === null ? '' : indented(`> ${Exchange.Sent}\n< ${Exchange.Got}`);
  return `${row}${reason}${INDENT}To do: ${Advice}\n${shown}`;
}

const INDENT = ' '.repeat(11);
const indented = (text: string): string =>
  text
    .split('\n')
    .map((line) => `${INDENT}${line}\n`)
    .join('');

/** How many cases had which result. */
export const summaryText = (results: readonly CaseResult[]): string =>
  `${RESULTS.map((result) => `${countOf(results, result)} ${result}`).join(', ')}\n`;
