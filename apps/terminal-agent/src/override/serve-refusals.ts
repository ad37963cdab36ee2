import { operationCommand, type PageSet, type Reading, serveList, serveOperation } from '@ticket-check/admin';
import type { CommandStore } from '@ticket-check/operators';
import { type RecordId, VERDICTS } from '@ticket-check/protocol';
import { type Clock, ExpectedError, printNotice, printResult, type Service } from '@ticket-check/runtime';
import { withTables } from '@ticket-check/storage';
import type { Command } from 'commander';
import { uuidv7 } from 'uuidv7';
import { createTerminalClock } from '../clock/terminal-clock.ts';
import { lastAdmissions } from '../journal/scan.ts';
import type { TerminalStore, TerminalTables } from '../tables.ts';
import { openingGate, overriding, refusals } from './declared-refusals.ts';
import { type AdmitAnyway, OBJECTIONS, overriddenJson, refusalJson, refusalToOverride } from './override-refusal.ts';

/** The last refusals at this terminal, which supervisors may override. Scheme 5.3.2.3; reading R10. */
export function refusalsScreen(
  { now, logger }: Pick<Service, 'now' | 'logger'>,
  { store, admitAnyway, reading }: { store: TerminalStore; admitAnyway: AdmitAnyway; reading: Reading },
): PageSet {
  return {
    name: 'refusals',
    screens: [{ path: '/refusals', permission: refusals.permission, label: refusals.title }],
    ...serveList(refusals, { store: store, admitAnyway }, reading),
    actions: serveOperation(overriding(admitAnyway), {
      ...{ store, now },
      finish: openingGate({ admitAnyway, logger }),
    }),
  };
}

export function overrideCommand(
  group: Command,
  { store, now }: { store: CommandStore<TerminalTables>; now: Clock },
): void {
  const reading = async (opened: TerminalStore) =>
    createTerminalClock({ now, upstreamOffset: () => null, lastAdmissions: await lastAdmissions(opened.db) }).read();
  const declared = overriding({ reading, newRecordId: () => uuidv7() as RecordId, opensByAnswer: () => true });
  operationCommand(group, declared, {
    store,
    now,
    tables: (opened) => withTables(opened),
    unlessYes: {
      says: 'do it; without it only print the refusal',
      async print(opened, { RecordId }) {
        const refusal = await refusalToOverride(opened, RecordId, await reading(opened));
        if (typeof refusal === 'string') throw new ExpectedError(OBJECTIONS[refusal].en);
        printResult(JSON.stringify(refusalJson(refusal)));
        printNotice(`Refused: ${VERDICTS[refusal.verdict].en}. Run the command again with --yes to let the guest in.`);
      },
    },
    done: overriddenJson,
    notice: 'The check record is kept. No gate was opened: let the guest in by hand.',
  });
}
