import { readlinkSync } from 'node:fs';
import { hostname, userInfo } from 'node:os';

/** Who runs a command, as the operating system knows them. In containers a user may have a number and no name. */
export function systemUser(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.() ?? 'unknown'}`;
  }
}

/**
 * The origin of a command: the machine and, if known, the terminal, the user who became this one by `sudo`, and the address of
 * their SSH login. Users can forge the last two.
 */
export function commandFrom(env: NodeJS.ProcessEnv = process.env): string {
  const [ssh] = env.SSH_CONNECTION?.split(' ') ?? [];
  const parts = [hostname(), terminalOf(0), env.SUDO_USER && `sudo ${env.SUDO_USER}`, ssh && `ssh ${ssh}`];
  return parts.filter((part) => part !== undefined && part !== '').join(', ');
}

/** Where standard input comes from, such as `/dev/pts/3`. */
function terminalOf(descriptor: number): string | undefined {
  try {
    const path = readlinkSync(`/proc/self/fd/${descriptor}`);
    return /^\/dev\/(pts\/\d+|tty\w+|console)$/.test(path) ? path : undefined;
  } catch {
    return undefined;
  }
}
