import { type Role, urlOf } from './addresses.ts';
import { runToEnd } from './child.ts';
import type { Site } from './site.ts';

const PUBLISHED: Record<Role, number> = {
  'national-platform': 9000,
  'third-party-platform': 9001,
  'terminal-agent': 9002,
};

/** The services of docker-compose.yml, reached by their published ports and, for commands, through the compose program. */
export function composeSite(compose: readonly string[]): Site {
  const [program = 'docker', ...before] = compose;
  const exec = (role: Role, command: readonly string[], input?: string) =>
    runToEnd(program, [...before, 'exec', '-T', role, ...command], input === undefined ? {} : { input });
  return {
    urlOf: (role) => urlOf({ host: '127.0.0.1', port: PUBLISHED[role] }),
    command: (role, args, input) => exec(role, ['node', `apps/${role}/src/main.ts`, ...args], input),
    readFile: (role, path) => exec(role, ['cat', `/data/${path}`]),
  };
}
