import type { CommandStore } from '@ticket-check/operators';
import { intakeReplyJson } from '@ticket-check/protocol';
import { printNotice, printResult } from '@ticket-check/runtime';
import { Argument, type Command } from 'commander';
import { importFile, openImportSource } from './import-file.ts';
import { type IntakeTables, KINDS } from './kinds.ts';

const NOTICE_EVERY = 100_000;

/** Adds `import <kind> <file>`. Takes effect on the running service at once. */
export function importCommand(
  program: Command,
  { store, now }: { store: CommandStore<IntakeTables>; now: () => number },
): void {
  program
    .command('import')
    .description('import rows of one kind, one JSON object per line')
    .addArgument(
      new Argument('<kind>', 'cinemas, screens, films, public-keys, tickets or refunds').choices(
        KINDS.map(({ name }) => name),
      ),
    )
    .argument('<file>', 'an NDJSON file with the elements of the scheme; - for standard input')
    .addHelpText(
      'after',
      `
Cinemas come first: rows of a cinema that was not imported are refused. Screens and films may come later.
Importing again changes nothing, so an import that broke off is simply run again. A file is read through first, and
nothing of it is imported when a line cannot be read; the lines before one that is refused may be.
Prints {"Imported": lines that were new or changed, "Unchanged": lines that were known}.`,
    )
    .action(async (name: string, path: string) => {
      const kind = KINDS.find((one) => one.name === name);
      if (kind === undefined) throw new Error(`no rows are called ${name}`);
      const source = await openImportSource(path);
      let noticed = 0;
      const notice = (lines: number) => {
        if (lines - noticed < NOTICE_EVERY) return;
        noticed = lines;
        printNotice(`${lines} lines of ${source.name} are imported`);
      };
      try {
        const reply = await store.change(
          { name: 'import', what: { kind: name, file: source.name }, needs: 'service.manage', inParts: true },
          (opened) => importFile(kind, { store: opened, now }, source, notice),
          (came) => came,
        );
        printResult(JSON.stringify(intakeReplyJson(reply)));
      } finally {
        await source.close();
      }
    });
}
