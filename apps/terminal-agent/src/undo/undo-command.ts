import { recordIdArgument } from '@ticket-check/check-records';
import type { CommandStore } from '@ticket-check/operators';
import { type RecordId, wallClockAt } from '@ticket-check/protocol';
import { type Clock, ExpectedError, printNotice, printResult } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import type { Command } from 'commander';
import { uuidv7 } from 'uuidv7';
import type { TerminalTables } from '../migrations.ts';
import { type StandingEntry, standingEntries, undoEntry } from './undo-entry.ts';

const NOT_STANDING =
  'No such admission of this terminal stands: it was undone before (`records undone`), or another terminal made it. `records list` prints what this one made.';

const NOT_UNPASSED =
  'No such admission stands whose guest the sensor did not see: they went through, it was undone before, or it is more than a day ago. A supervisor can undo it without --unpassed.';

type UndoOptions = { reason: string; unpassed?: boolean; yes?: boolean };

/** Adds `entries undo`, for a guest who was let in and did not go in. Reading R9. */
export function undoCommand(
  entries: Command,
  { store, now }: { store: CommandStore<TerminalTables>; now: Clock },
): void {
  entries
    .command('undo')
    .description('undo an admission of this terminal whose guest did not go in: the ticket may be used again')
    .addArgument(recordIdArgument('the RecordId of the admission, as `records list` and `scans list` print it'))
    .requiredOption('--reason <text>', 'why, for whoever asks later')
    .option('--unpassed', 'only if the sensor of the gate saw nobody go through; ushers may (`entries.undo-unpassed`)')
    .option('--yes', 'do it; without this only what would be undone is printed')
    .action(async (recordId: RecordId, { reason, unpassed = false, yes = false }: UndoOptions) => {
      const notStanding = unpassed ? NOT_UNPASSED : NOT_STANDING;
      const asked = { recordId, cinemaCodes: 'all', unpassedAlone: unpassed } as const;
      const [entry] = await store.read((opened) => standingEntries(opened.db, asked));
      if (entry === undefined) throw new ExpectedError(notStanding);
      if (!yes) {
        printResult(JSON.stringify(entryJson(entry)));
        printNotice('This admission would be undone. Run the command again with --yes to do it.');
        return;
      }
      const undone = await store.change(
        {
          name: 'entries undo',
          what: { reason, recordId, ...(unpassed && { unpassed }) },
          needs: unpassed ? 'entries.undo-unpassed' : 'entries.undo',
          cinemaCodes: [entry.cinemaCode],
        },
        async (opened) => {
          const by = { recordId: uuidv7() as RecordId, at: wallClockAt(now()), unpassedAlone: unpassed };
          const entry = await undoing(opened, recordId, by);
          if (entry === null) throw new ExpectedError(notStanding);
          return entry;
        },
        (entry) => ({ before: entryJson(entry) }),
      );
      printResult(JSON.stringify(entryJson(undone)));
      printNotice('Undone: the ticket may be used again.');
    });
}

function undoing(
  opened: Store<TerminalTables>,
  recordId: RecordId,
  by: Parameters<typeof undoEntry>[2],
): Promise<StandingEntry | null> {
  return opened.transaction((db) => undoEntry({ db, store: opened }, recordId, by));
}

/** An admission as commands and the audit show it. */
function entryJson({ recordId, cinemaCode, filmTicketCode, startTime, checkTime, gate }: StandingEntry) {
  return {
    RecordId: recordId,
    CinemaCode: cinemaCode,
    FilmTicketCode: filmTicketCode,
    StartTime: startTime,
    CheckTime: checkTime,
    Gate: gate,
  };
}
