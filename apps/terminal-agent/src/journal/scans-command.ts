import type { CommandStore } from '@ticket-check/operators';
import { type Command, InvalidArgumentError } from 'commander';
import { listScans } from './list-scans.ts';
import type { ScanTables } from './scan-tables.ts';

/** Adds `scans list`. */
export function scansCommand(program: Command, store: Pick<CommandStore<ScanTables>, 'look'>): void {
  program
    .command('scans')
    .description("list this terminal's scans")
    .command('list')
    .description('list scans as lines of JSON, oldest first')
    .option('--last <count>', 'only the newest ones', wholeCount, 1000)
    .action(({ last }: { last: number }) =>
      store.look({ name: 'scans list', what: { last } }, async (opened, print) => {
        for await (const scan of listScans(opened, last)) print(scan);
      }),
    );
}

function wholeCount(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('It must be a whole number from 1 up.');
  return Number(text);
}
