import type { CheckRecordTables, CinemaOutcome, Deadline, Row } from '@ticket-check/check-records';
import { createUpstreamConnection, type UpstreamStore } from '@ticket-check/exchange';
import type { CommandStore } from '@ticket-check/operators';
import type { CinemaCode, Extension } from '@ticket-check/protocol';
import { type Clock, type Logger, printNotice } from '@ticket-check/runtime';
import { type Store, withTables } from '@ticket-check/storage';
import type { Command } from 'commander';
import { listCommand } from '../declared/commands.ts';
import type { datesAsked } from '../declared/list.ts';
import { reconciliation } from './declared-reconciliation.ts';

type ReconcileCommand<DB> = {
  store: CommandStore<DB>;
  upstreamsOf(store: Store<DB>): UpstreamStore;
  /** The cinemas of the service, besides those that have records; `all` if it is bound to none. */
  cinemas(store: Store<DB>): Promise<readonly CinemaCode[] | 'all'>;
  extensions: readonly Extension[];
  deadline: Deadline;
  now: Clock;
  logger(): Logger;
};

/**
 * Adds `reconcile` to a program: prints a line of JSON for each record of a business date that differs from the platform above, and one for
 * each cinema that could not be compared; exit code 1 if there is any. Scheme 5.2.5, 5.2.9; reading X7.
 */
export function reconcileCommand<DB extends CheckRecordTables>(
  program: Command,
  { store, extensions, now, deadline, ...parts }: ReconcileCommand<DB>,
): void {
  /** The platform above lists no records of these, so that only how each was sent is compared. */
  const unlisted = new Set<CinemaCode>();
  listCommand(program, reconciliation, {
    ...{ store, now, command: 'reconcile', description: 'compare business dates with the platform above' },
    flags: { all: { says: 'include records on their way or completed upstream', sets: { all: '1' } } },
    source(opened: Store<DB>) {
      const connection = createUpstreamConnection({
        upstreams: parts.upstreamsOf(opened),
        store: opened.currentGeneration(),
        logger: parts.logger(),
        ...{ extensions, now },
      });
      const cinemas = () => parts.cinemas(opened);
      const heard = (outcome: CinemaOutcome) => {
        if (!('failure' in outcome) && outcome.compared === 'status') unlisted.add(outcome.cinemaCode);
      };
      return { store: withTables<DB, CheckRecordTables>(opened), now, deadline, cinemas, heard, ...connection };
    },
    end: ({ close }) => close(),
    conclude: (rows, asked) => concludeComparison('Records', 'Cinemas', unlisted.size)(rows, asked),
  });
}

/** Counts what differs in a comparison, and what could not be compared, by their names in the plural. */
export const concludeComparison =
  (one: string, whole: string, unlisted = 0) =>
  (rows: readonly Row[], { businessDate, until = businessDate }: Parameters<typeof datesAsked>[0]) => {
    const date = [...new Set([businessDate, until])].join(' to ');
    const of = (...kinds: string[]) => rows.filter(({ Kind }) => kinds.includes(String(Kind)));
    // On several dates it may be the same one.
    const failed = new Set(of('not-compared').map(({ Platform, CinemaCode }) => Platform ?? CinemaCode)).size;
    const differing = rows.length - of('not-compared', 'on-its-way', 'completed').length;
    if (unlisted > 0) {
      printNotice(`${whole} whose records the platform above does not list, only how each was sent: ${unlisted}.`);
    } else if (failed + differing === 0) printNotice(`Nothing differs on ${date}.`);
    return {
      found: { failed, differing },
      wrong: [
        ...(differing === 0 ? [] : [`${one} of ${date} that differ: ${differing}.`]),
        ...(failed === 0 ? [] : [`${whole} that could not be compared: ${failed}. What differs there is unknown.`]),
      ],
    };
  };
