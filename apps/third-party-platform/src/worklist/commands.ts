import { cinemaOption, readable } from '@ticket-check/admin';
import type { CommandStore } from '@ticket-check/operators';
import { parseFilmTicketCode, parseWallClock, wallClockAt } from '@ticket-check/protocol';
import { type Clock, ExpectedError, printNotice } from '@ticket-check/runtime';
import { withTables } from '@ticket-check/storage';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { FoundTables } from './find.ts';
import {
  FINDING_KINDS,
  FindingFault,
  type FindingKind,
  type FindingPlace,
  findingJson,
  LONGEST_OUTCOME,
  listFindings,
  noteOutcome,
  outcomeIn,
} from './worklist.ts';

const FINDINGS_A_PAGE = 500;

const FAULTS: Record<FindingFault['code'], string> = {
  unknown: 'There is no such finding here: `worklist list` prints those that are open, with --noted the others.',
  changed: 'Somebody has noted its outcome meanwhile.',
};

type Named = { kind: FindingKind; cinema: string; ticket: string; start: string; outcome: string };

/** Adds `worklist list` and `worklist note`: doubles and late refunds, and their outcomes. Scheme 5.2.5; reading R7. */
export function worklistCommands<DB extends FoundTables>(
  program: Command,
  { store, now }: { store: CommandStore<DB>; now: Clock },
): void {
  const worklist = program.command('worklist').description('work with double entries and late refunds');
  const kind = () => new Option('--kind <kind>', 'only of one kind').choices(FINDING_KINDS);

  worklist
    .command('list')
    .description('list open findings, oldest first')
    .option('--noted', 'list noted findings instead, last noted first')
    .addOption(kind())
    .addOption(cinemaOption())
    .action(async (given: { noted?: boolean; kind?: FindingKind; cinema?: string }) => {
      const { kind: of, cinema } = given;
      const state = given.noted === true ? 'noted' : 'open';
      await store.look(
        { name: 'worklist list', what: { state, kind: of, cinemaCode: cinema } },
        async (opened, print) => {
          const asked = { state, kind: of, cinema, cinemas: 'all', limit: FINDINGS_A_PAGE } as const;
          let after: FindingPlace | null = null;
          do {
            const page: Awaited<ReturnType<typeof listFindings>> = await listFindings(withTables(opened), {
              ...asked,
              after,
            });
            for (const finding of page.findings) print(findingJson(finding));
            after = page.next;
          } while (after !== null);
          return undefined;
        },
      );
    });

  worklist
    .command('note')
    .description('note the outcome of a finding; earlier notes stay')
    .addOption(kind().makeOptionMandatory())
    .addOption(cinemaOption().makeOptionMandatory())
    .addOption(
      new Option('--ticket <code>', 'its FilmTicketCode')
        .argParser(readable(parseFilmTicketCode))
        .makeOptionMandatory(),
    )
    .addOption(new Option('--start <time>', 'its StartTime').argParser(readable(parseWallClock)).makeOptionMandatory())
    .addOption(
      new Option('--outcome <text>', `the outcome, at most ${LONGEST_OUTCOME} characters`)
        .argParser((text) => {
          const outcome = outcomeIn(text);
          if (outcome === null) throw new InvalidArgumentError(`It must be 1 to ${LONGEST_OUTCOME} characters.`);
          return outcome;
        })
        .makeOptionMandatory(),
    )
    .action(async ({ kind: of, cinema: cinemaCode, ticket, start, outcome }: Named) => {
      const named = { kind: of, cinemaCode, filmTicketCode: ticket, startTime: start };
      try {
        await store.change(
          { name: 'worklist note', what: named, needs: 'records.resolve', cinemaCodes: [cinemaCode] },
          (opened, operator) =>
            noteOutcome(withTables(opened), named, {
              outcome,
              operator,
              at: wallClockAt(now()),
            }),
          (before) => ({ before: before === null ? null : { outcome: before }, after: { outcome } }),
        );
      } catch (error) {
        if (error instanceof FindingFault) throw new ExpectedError(FAULTS[error.code]);
        throw error;
      }
      printNotice('The outcome is noted.');
    });
}
