import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Role } from '@ticket-check/dev-network';
import type { ProofSite } from '../proof-site.ts';

/** An operator's backups of the platforms, taken and put back as docs/deployment.md has it. */
export interface Backups {
  /** Stops these services, copies their folders and starts them again. */
  take(roles: readonly Role[]): Promise<void>;
  /**
   * Kills these services and puts the newest backup of each in the place of its folder, or the one `before` the newest
   * where there is one, so that they may start again.
   */
  putBack(roles: readonly Role[], before?: number): Promise<void>;
}

export function backupsOf(site: ProofSite): Backups {
  const taken = new Map<Role, number>();
  const folder = (role: Role) => join(site.directory, role);
  const backup = (role: Role, number: number) => join(site.directory, `${role}.backup-${number}`);

  return {
    async take(roles) {
      for (const role of roles) {
        await site.stop(role);
        const number = (taken.get(role) ?? 0) + 1;
        cpSync(folder(role), backup(role, number), { recursive: true });
        rmSync(backup(role, number - 2), { recursive: true, force: true });
        taken.set(role, number);
        await site.start(role);
      }
    },
    async putBack(roles, before = 0) {
      await Promise.all(roles.map((role) => site.stop(role, 'SIGKILL')));
      for (const role of roles) {
        const number = Math.max(1, (taken.get(role) ?? 0) - before);
        rmSync(folder(role), { recursive: true });
        cpSync(backup(role, number), folder(role), { recursive: true });
        await site.command(role, ['store', 'renew-generation']);
      }
    },
  };
}
