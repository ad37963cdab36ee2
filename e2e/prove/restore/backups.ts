import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Role } from '@ticket-check/simulators/dev-network';
import type { Bundle } from '../../testing/client.ts';
import type { Site } from '../../testing/site.ts';
import { move, type World } from '../world.ts';

/** The account of the third-party platform at the national one. */
export const THIRD_PARTY_ACCOUNT = 'platform-that-moves';

/** An operator's backups of the platforms, made and restored by docs/deployment.md. */
export interface Backups {
  /** Stops these services, copies their folders and starts them again. */
  take(roles: readonly Role[]): Promise<void>;
  /**
   * Kills these services and replaces the folder of each by its newest backup, or the one `before` it if it exists, at another
   * address, as on a new machine. Their callers get the new address, and they may start again.
   */
  restore(roles: readonly Role[], before?: number): Promise<void>;
}

/** Gives everybody who calls a platform an account of its own, whose bundle is kept for the day on which it moves. */
export async function backupsOf({ site, terminals, demo }: World): Promise<Backups> {
  const taken = new Map<Role, number>();
  const folder = (role: Role) => join(site.directory, role);
  const backup = (role: Role, number: number) => join(site.directory, `${role}.backup-${number}`);
  const callers: { role: Role; calls: Role; tellAddress(): Promise<unknown> }[] = [];

  async function issueAccount(caller: Site, role: Role, calls: Role, username: string): Promise<void> {
    // The cinema is named, for the keys that are needed.
    const bundle: Bundle = { ...(await site.issue(calls, username)), CinemaCodes: [demo.boxOffice.cinema.cinemaCode] };
    const tellAddress = () => {
      const Url = new URL(new URL(bundle.Url).pathname, site.urlOf(calls)).href;
      return caller.command(role, ['upstream', 'set', '-'], JSON.stringify({ ...bundle, Url }));
    };
    callers.push({ role, calls, tellAddress });
    await tellAddress();
  }

  await issueAccount(site, 'third-party-platform', 'national-platform', THIRD_PARTY_ACCOUNT);
  for (const [index, terminal] of [...terminals.values()].entries())
    await issueAccount(terminal, 'terminal-agent', 'third-party-platform', `terminal-${index + 1}-that-stays`);

  return {
    async take(roles) {
      const takeOf = async (role: Role) => {
        await site.stop(role);
        const number = (taken.get(role) ?? 0) + 1;
        cpSync(folder(role), backup(role, number), { recursive: true });
        rmSync(backup(role, number - 2), { recursive: true, force: true });
        taken.set(role, number);
        await site.start(role);
      };
      await Promise.all(roles.map(takeOf));
    },
    async restore(roles, before = 0) {
      await Promise.all(roles.map((role) => site.stop(role, 'SIGKILL')));
      for (const role of roles) {
        const number = Math.max(1, (taken.get(role) ?? 0) - before);
        rmSync(folder(role), { recursive: true });
        cpSync(backup(role, number), folder(role), { recursive: true });
        await move(site, role);
      }
      await Promise.all(roles.map((role) => site.command(role, ['store', 'renew-generation', '--yes'])));
      // A backup may also name an older address of the platform above it.
      const concerned = callers.filter(({ role, calls }) => roles.includes(calls) || roles.includes(role));
      await Promise.all(concerned.map(({ tellAddress }) => tellAddress()));
    },
  };
}
