import { recordIdArgument } from '@ticket-check/admin';
import type { CommandStore } from '@ticket-check/operators';
import { type RecordId, VERDICTS } from '@ticket-check/protocol';
import { type Clock, ExpectedError, printNotice, printResult } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import type { Command } from 'commander';
import { uuidv7 } from 'uuidv7';
import { createTerminalClock } from '../clock/terminal-clock.ts';
import { findRefusal } from '../journal/refusals.ts';
import { lastAdmissions } from '../journal/scan.ts';
import type { TerminalTables } from '../migrations.ts';
import { OBJECTIONS, overriddenJson, overrideRefusal, refusalJson, refusalToOverride } from './override-refusal.ts';

/** Defines `entries override`, which admits a refused guest. Scheme 5.3.2.3; reading R10. */
export function overrideCommand(
  entries: Command,
  { store, now }: { store: CommandStore<TerminalTables>; now: Clock },
): void {
  async function reading(opened: Store<TerminalTables>) {
    const admissions = await lastAdmissions(opened.db);
    return createTerminalClock({ now, upstreamOffset: () => null, lastAdmissions: admissions }).read();
  }

  entries
    .command('override')
    .description('admit a guest refused today; does not open the gate')
    .addArgument(recordIdArgument('RecordId of the refused scan (see `scans list`)'))
    .requiredOption('--reason <text>', 'reason, kept in the audit')
    .option('--yes', 'do it; without it only print the refusal')
    .action(async (recordId: RecordId, { reason, yes = false }: { reason: string; yes?: boolean }) => {
      if (!yes) {
        const refusal = await store.read(async (opened) => refusalToOverride(opened, recordId, await reading(opened)));
        if (typeof refusal === 'string') throw new ExpectedError(OBJECTIONS[refusal].en);
        printResult(JSON.stringify(refusalJson(refusal)));
        printNotice(`Refused: ${VERDICTS[refusal.verdict].en}. Run the command again with --yes to let the guest in.`);
        return;
      }
      // Null if no record is kept: then there is no cinema for an operator limited to some cinemas.
      const { refusal } = await store.read((opened) => findRefusal(opened.db, recordId));
      const overridden = await store.change(
        {
          name: 'entries override',
          what: { reason, recordId },
          needs: 'entries.override',
          cinemaCodes: refusal === null ? undefined : [refusal.record.cinemaCode],
        },
        async (opened, operator) => {
          const at = await reading(opened);
          const by = { recordId: uuidv7() as RecordId, at, operator, reason, opensByAnswer: true };
          const came = await overrideRefusal(opened, recordId, by);
          if (typeof came === 'string') throw new ExpectedError(OBJECTIONS[came].en);
          return came;
        },
        (came) => ({ before: refusalJson(came.refusal), after: overriddenJson(came) }),
      );
      printResult(JSON.stringify(overriddenJson(overridden)));
      printNotice('The check record is kept. No gate was opened: let the guest in by hand.');
    });
}
