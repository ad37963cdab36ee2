import { recordIdArgument } from '@ticket-check/admin';
import type { CommandStore } from '@ticket-check/operators';
import { type RecordId, wallClockAt } from '@ticket-check/protocol';
import { type Clock, ExpectedError, printNotice, printResult } from '@ticket-check/runtime';
import type { Command } from 'commander';
import { uuidv7 } from 'uuidv7';
import type { TerminalTables } from '../migrations.ts';
import { entryJson, standingEntries, undoEntry } from './undo-entry.ts';

const NOT_STANDING =
  'This terminal has no such admission: it was already undone (`records undone`), or another terminal made it. `records list` prints the records of this one.';

const NOT_UNPASSED =
  'There is no such admission whose guest the sensor did not see: the guest went through, it was already undone, or it is more than a day old. A supervisor can undo it without --unpassed.';

type UndoOptions = { reason: string; unpassed?: boolean; yes?: true };

/** Defines `entries undo`, for a guest who was admitted but did not go in. Reading R9. */
export function undoCommand(
  entries: Command,
  { store, now }: { store: CommandStore<TerminalTables>; now: Clock },
): void {
  entries
    .command('undo')
    .description('undo an admission whose guest did not go in')
    .addArgument(recordIdArgument('RecordId of the admission (see `records list`)'))
    .requiredOption('--reason <text>', 'reason, kept in the audit')
    .option('--unpassed', 'only if the gate sensor saw nobody; allowed for ushers')
    .option('--yes', 'do it without asking for the RecordId')
    .action(async (recordId: RecordId, { reason, unpassed = false, yes }: UndoOptions) => {
      const notStanding = unpassed ? NOT_UNPASSED : NOT_STANDING;
      const which = { recordId, cinemaCodes: 'all', unpassedAlone: unpassed } as const;
      const [found] = await store.read((opened) => standingEntries(opened.db, which));
      if (found === undefined) throw new ExpectedError(notStanding);
      const { filmTicketCode, cinemaCode, gate, checkTime } = found;
      const asked = {
        name: 'entries undo',
        what: { reason, recordId, ...(unpassed && { unpassed }) },
        needs: unpassed ? 'entries.undo-unpassed' : 'entries.undo',
        cinemaCodes: [cinemaCode],
      } as const;
      const says = async () =>
        `1 admission will be undone: the ticket ${filmTicketCode} of the cinema ${cinemaCode}, at ${gate} at ${checkTime}. The ticket may be used again, and the undo is reported to the platform above.`;
      if (!(await store.confirm(asked, { name: recordId, yes, needsYes: 'to-do-more-than-say', says }))) return;
      const undone = await store.change(
        asked,
        async (opened) => {
          // The operator's cinemas were checked above.
          const by = { ...which, recordId: uuidv7() as RecordId, at: wallClockAt(now()) };
          const entry = await opened.transaction((db) => undoEntry({ db, store: opened }, recordId, by));
          if (entry === null) throw new ExpectedError(notStanding);
          return entry;
        },
        (entry) => ({ before: entryJson(entry) }),
      );
      printResult(JSON.stringify(entryJson(undone)));
      printNotice('Undone: the ticket may be used again.');
    });
}
