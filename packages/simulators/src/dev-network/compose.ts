import { type Address, consoleUrlOf, type Role, urlOf } from './addresses.ts';
import { runToEnd } from './child.ts';
import type { Site } from './site.ts';

const PUBLISHED: Record<Role, Address> = {
  'national-platform': { host: '127.0.0.1', port: 9000, consolePort: 9443 },
  'third-party-platform': { host: '127.0.0.1', port: 9001, consolePort: 9444 },
  'terminal-agent': { host: '127.0.0.1', port: 9002, consolePort: 9445 },
};

/** The services of docker-compose.yml, reached by their published ports and, for commands, through the compose program. */
export function composeSite(compose: readonly string[]): Site {
  const [program = 'docker', ...before] = compose;
  const exec = (role: Role, command: readonly string[], input?: string) =>
    runToEnd(program, [...before, 'exec', '-T', role, ...command], input === undefined ? {} : { input });
  return {
    urlOf: (role) => urlOf(PUBLISHED[role]),
    consoleUrlOf: (role) => consoleUrlOf(PUBLISHED[role]),
    command: (role, args, input) => exec(role, ['node', `apps/${role}/src/main.ts`, ...args], input),
    readFile: (role, path) => exec(role, ['cat', `/data/ticket-check/${path}`]),
  };
}
