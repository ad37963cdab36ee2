import { lateCommand } from '@ticket-check/runtime/program';
import type { Command } from 'commander';
import type { AccountCommandsOptions } from './accounts/commands.ts';
import type { AccountTables } from './accounts/migrations.ts';
import type { StoreCommandsOptions } from './store-commands.ts';
import type { UpstreamCommandsOptions } from './upstreams/commands.ts';

/** Adds `upstream` to a program whose service calls a platform above it. Reading E8. */
export function upstreamCommands(program: Command, options: UpstreamCommandsOptions): void {
  lateCommand(program, 'upstream', 'the platform above this one', async (upstream) =>
    (await import('./upstreams/commands.ts')).upstreamCommands(upstream, options),
  );
}

/** Adds `account` to a platform's program; `more` is what else it does with its accounts. Readings E8, X4. */
export function accountCommands(
  program: Command,
  { more, ...options }: AccountCommandsOptions & { more?(account: Command): Promise<void> },
): void {
  lateCommand(program, 'account', 'the accounts of those who call this platform', async (account) => {
    (await import('./accounts/commands.ts')).accountCommands(account, options);
    await more?.(account);
  });
}

/** Adds `store` to a platform's program. Reading X4. */
export function storeCommands<DB extends AccountTables>(program: Command, options: StoreCommandsOptions<DB>): void {
  lateCommand(program, 'store', "the platform's own data", async (group) =>
    (await import('./store-commands.ts')).storeCommands(group, options),
  );
}
