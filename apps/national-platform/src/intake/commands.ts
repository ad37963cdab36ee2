import type { CommandStore } from '@ticket-check/operators';
import { type IntakeReply, intakeReplyJson } from '@ticket-check/protocol';
import { printNotice, printResult } from '@ticket-check/runtime';
import { Argument, type Command } from 'commander';
import { type ImportSource, importFile, openImportSource } from './import-file.ts';
import type { Intake } from './import-rows.ts';
import {
  cinemaKind,
  filmKind,
  type IntakeTables,
  publicKeyKind,
  type RowKind,
  refundKind,
  screenKind,
  ticketKind,
} from './kinds.ts';

type Importer = (intake: Intake, source: ImportSource) => Promise<IntakeReply>;

const NOTICE_EVERY = 100_000;

const importers = new Map<string, Importer>([
  importerOf(cinemaKind),
  importerOf(screenKind),
  importerOf(filmKind),
  importerOf(publicKeyKind),
  importerOf(ticketKind),
  importerOf(refundKind),
]);

function importerOf<Row, Unread>(kind: RowKind<Row, Unread>): [string, Importer] {
  return [
    kind.name,
    (intake, source) => {
      let told = 0;
      return importFile(kind, intake, source, (lines) => {
        if (lines - told < NOTICE_EVERY) return;
        told = lines;
        printNotice(`${lines} lines of ${source.name} are imported`);
      });
    },
  ];
}

/** Adds `import <kind> <file>`. Takes effect on the running service at once. */
export function importCommand(
  program: Command,
  { store, now }: { store: CommandStore<IntakeTables>; now: () => number },
): void {
  program
    .command('import')
    .description('import rows of one kind, one JSON object per line')
    .addArgument(
      new Argument('<kind>', 'cinemas, screens, films, public-keys, tickets or refunds').choices([...importers.keys()]),
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
    .action(async (kind: string, path: string) => {
      const run = importers.get(kind);
      if (run === undefined) throw new Error(`no importer of ${kind}`);
      const source = await openImportSource(path);
      try {
        const reply = await store.changeInParts(
          { name: 'import', what: { kind, file: source.name }, needs: 'service.manage' },
          (opened) => run({ store: opened, now }, source),
          (came) => came,
        );
        printResult(JSON.stringify(intakeReplyJson(reply)));
      } finally {
        await source.close();
      }
    });
}
