import { lateCommand } from '@ticket-check/runtime/program';
import type { Command } from 'commander';
import type { ReconcileCommand } from './reconciliation/reconcile-command.ts';
import type { ReportCommands } from './reports/commands.ts';
import type { RetentionCommands } from './retention/retention-commands.ts';
import type { CheckRecordTables } from './tables/tables.ts';

/** Adds `retention` to a service's program. Scheme 5.3.1.3; reading S3. */
export function retentionCommands<DB extends CheckRecordTables>(
  program: Command,
  parts: () => Promise<RetentionCommands<DB>>,
): void {
  lateCommand(program, 'retention', 'how long check records and what belongs to them are kept', async (retention) =>
    (await import('./retention/retention-commands.ts')).retentionCommands(retention, await parts()),
  );
}

/** Adds `report`: what is kept of a business date. Scheme 5.2.5, 5.2.9; reading R8. */
export function reportCommands<DB>(program: Command, parts: () => Promise<ReportCommands<DB>>): void {
  lateCommand(program, 'report', 'reports on the check records of a business date, 06:00 to 06:00', async (report) =>
    (await import('./reports/commands.ts')).reportCommands(report, await parts()),
  );
}

/** Adds `reconcile` to a program whose service sends its records on. Scheme 5.2.5, 5.2.9; reading X7. */
export function reconcileCommand<DB extends CheckRecordTables>(
  program: Command,
  parts: () => Promise<ReconcileCommand<DB>>,
): void {
  const description = 'compare the check records of a business date with those of the platform above, one by one';
  lateCommand(program, 'reconcile', description, async (command) =>
    (await import('./reconciliation/reconcile-command.ts')).reconcileCommand(command, await parts()),
  ).option('--all', 'print records too that are on their way, or were completed upstream');
}
