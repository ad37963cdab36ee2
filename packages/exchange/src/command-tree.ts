export type { Command as CommandTree, Command as UsageErrors } from 'commander';

export const WRONG_USAGE = { exitCode: 2 };

export function printLine(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}
