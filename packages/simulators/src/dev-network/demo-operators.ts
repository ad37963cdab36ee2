import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ROLES, type Role } from './addresses.ts';
import type { Site } from './site.ts';

/** Who can log in at a service's console. The administrator comes last: from then on only an operator can add others. */
const OPERATORS: Record<Role, readonly string[]> = {
  'national-platform': ['administrator'],
  'third-party-platform': ['usher', 'supervisor', 'auditor', 'administrator'],
  'terminal-agent': ['usher', 'supervisor', 'auditor', 'administrator'],
};
const TOKEN_DAYS = 365;

/** An operator of the demo, called as their role is. */
export type DemoLogin = {
  username: string;
  /** Null once they have chosen a password of their own. */
  oneTimePassword: string | null;
  /** Whether the one-time password is too old to be used. */
  hasEnded: boolean;
};

export type DemoOperators = {
  logins: Record<Role, DemoLogin[]>;
  /** What `check` at the terminal is run with, as `OPERATOR_TOKEN`. */
  checkToken: string;
};

/** One-time passwords by username. */
type Kept = { passwords: Record<Role, Record<string, string>>; checkToken: string };

/** The operators of a site's consoles: added on the first call, and remembered in `directory` with their one-time passwords. */
export async function openDemoOperators(site: Site, directory: string): Promise<DemoOperators> {
  const file = join(directory, 'operators.json');
  const kept = existsSync(file) ? (JSON.parse(await readFile(file, 'utf8')) as Kept) : await addAll(site, file);
  const at = async (role: Role) => {
    const listed = linesOf(await site.command(role, ['operator', 'list'])) as ListedOperator[];
    return OPERATORS[role].toReversed().flatMap((username): DemoLogin[] => {
      const found = listed.find(({ Username }) => Username === username);
      if (found === undefined) return [];
      const isOneTime = found.OneTimeUntil !== null;
      return [
        {
          username,
          oneTimePassword: isOneTime ? (kept.passwords[role][username] ?? null) : null,
          hasEnded: isOneTime && Date.parse(`${found.OneTimeUntil}+08:00`) <= Date.now(),
        },
      ];
    });
  };
  return { logins: await forEachRole(at), checkToken: kept.checkToken };
}

type ListedOperator = { Username: string; OneTimeUntil: string | null };

async function addAll(site: Site, file: string): Promise<Kept> {
  const until = new Date(Date.now() + TOKEN_DAYS * 86_400_000).toISOString().slice(0, 10);
  const added = await site.command('terminal-agent', [
    ...['token', 'add', 'demo-check', '--permissions', 'tickets.check', '--all-cinemas', '--until', until],
  ]);
  const passwordsAt = async (role: Role) => {
    const passwords: Record<string, string> = {};
    for (const username of OPERATORS[role]) {
      const [issued] = linesOf(
        await site.command(role, ['operator', 'add', username, '--role', username, '--all-cinemas']),
      );
      passwords[username] = (issued as { OneTimePassword: string }).OneTimePassword;
    }
    return passwords;
  };
  const kept = {
    passwords: await forEachRole(passwordsAt),
    checkToken: (JSON.parse(added) as { Token: string }).Token,
  };
  await writeFile(file, JSON.stringify(kept), { mode: 0o600 });
  return kept;
}

async function forEachRole<T>(of: (role: Role) => Promise<T>): Promise<Record<Role, T>> {
  return Object.fromEntries(await Promise.all(ROLES.map(async (role) => [role, await of(role)]))) as Record<Role, T>;
}

const linesOf = (text: string): unknown[] =>
  text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
