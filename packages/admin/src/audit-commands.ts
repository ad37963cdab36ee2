import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import {
  auditLogOf,
  type CommandStore,
  LogChangedError,
  type OperationTables,
  type TransparencyLog,
  verifierKeyText,
} from '@ticket-check/operators';
import { ExpectedError, printNotice, printResult, reasonOf } from '@ticket-check/runtime';
import { type Store, withTables } from '@ticket-check/storage';
import type { Command } from 'commander';
import { auditEntries } from './audit-pages.ts';
import { listCommand } from './declared/commands.ts';

/** Adds `audit list`, `verify`, `prove`, `checkpoint` and `key`: what people did, verifiable from outside. Scheme 5.3.2.2. */
export function auditCommands<DB extends OperationTables>(program: Command, store: CommandStore<DB>): void {
  const audit = program.command('audit').description('what people did here, in a log that shows when it was changed');

  const onLog = (run: (log: TransparencyLog) => Promise<void>) =>
    store.read(async (opened) => {
      const log = auditLogOf(opened);
      await log.catchUp();
      await run(log);
    });

  listCommand(audit, auditEntries, {
    ...{ store, command: 'list', isQuiet: true, lineOf: ({ Line }) => String(Line) },
    description: 'print what was done and by whom, oldest first, one JSON object a line; line N is the leaf of entry N',
    async source(opened: Store<DB>) {
      // Operations since somebody changed the database have no place in the log; the rest is still readable.
      await auditLogOf(opened)
        .catchUp()
        .catch((error: unknown) => {
          if (!(error instanceof LogChangedError)) throw error;
          printNotice(error.message);
        });
      return { store: withTables(opened), actors: async () => null };
    },
  });

  audit
    .command('verify')
    .description('recompute the whole log; fail at the first entry that differs')
    .option('--checkpoint <file>', 'checkpoint that the log must contain; - for standard input')
    .action(({ checkpoint }: { checkpoint?: string }) =>
      store.read(async (opened) => {
        const log = auditLogOf(opened);
        const known = checkpoint === undefined ? null : await readCheckpoint(log, checkpoint);
        const { checkpoint: latest, waiting, faults } = await log.verify(known);
        printResult(
          JSON.stringify({
            Verified: faults.length === 0,
            FirstBadIndex: faults.find(({ index }) => index !== null)?.index ?? null,
            Origin: latest?.origin ?? null,
            Size: latest?.size ?? 0,
            Root: latest?.root.toString('base64') ?? null,
            Waiting: waiting,
          }),
        );
        if (faults.length > 0) throw new ExpectedError(faults.map(({ sentence }) => sentence).join('\n'));
      }),
    );

  audit
    .command('prove <index>')
    .description('print the proof of entry <index> (C2SP tlog-proof)')
    .action((index: string, _: object, command: Command) => {
      if (!/^(0|[1-9]\d{0,14})$/.test(index))
        command.error('error: the index is a whole number from 0 up', { exitCode: 2 });
      return onLog(async (log) => printText(await log.prove(Number(index))));
    });

  audit
    .command('checkpoint')
    .description('print the latest checkpoint, to keep elsewhere as evidence')
    .action(() => onLog(async (log) => printText((await log.checkpoint())?.note ?? '')));

  audit
    .command('key')
    .description('print the verifier key of checkpoints and proofs (C2SP)')
    .option('--all', 'include keys of former generations, oldest first')
    .action(({ all = false }: { all?: boolean }) =>
      onLog(async (log) => {
        const keys = await log.keys();
        for (const key of all ? keys : keys.slice(-1)) printResult(verifierKeyText(key));
      }),
    );
}

async function readCheckpoint(log: TransparencyLog, path: string) {
  const note = await (path === '-' ? text(process.stdin) : readFile(path, 'utf8')).catch((error: unknown) => {
    throw new ExpectedError(`The file ${path} cannot be read (${reasonOf(error)}).`, { cause: error });
  });
  const known = await log.openCheckpoint(note);
  if (!('fault' in known)) return known;
  const why = {
    malformed: 'It is not a checkpoint in the form of a signed note.',
    'unknown-key': 'No key of this log signed it: it is of another log, or the key was exchanged.',
    'wrong-signature': 'Its signature is wrong: it was changed after it was signed.',
  };
  throw new ExpectedError(`The checkpoint in ${path} cannot be compared. ${why[known.fault]}`);
}

function printText(note: string): void {
  printResult(note.replace(/\n$/, ''));
}
