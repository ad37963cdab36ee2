import type { Role } from '@ticket-check/simulators/dev-network';

/** A command to be run. */
export interface CommandAsked {
  id: number;
  role: Role;
  args: readonly string[];
  /** Its whole environment. */
  env: Readonly<Record<string, string | undefined>>;
}

/** A command that has ended, and what it printed. */
export interface CommandEnded {
  id: number;
  code: number;
  stdout: string;
  stderr: string;
}
