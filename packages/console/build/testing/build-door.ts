import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestProject } from 'vitest/node';
import { buildConsoles } from '../build-console.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Answers once the consoles are built. */
    consoleBuild: string;
  }
}

/** Vitest's global setup: the consoles are built once per run, when a test first asks for them. */
export default async function setup(project: TestProject): Promise<() => void> {
  let built: Promise<unknown> | undefined;
  const door = createServer(async (_request, response) => {
    try {
      built ??= buildConsoles();
      await built;
      response.end();
    } catch (error) {
      response.writeHead(500).end(String(error));
    }
  });
  await new Promise<void>((resolve, reject) => door.once('error', reject).listen(0, '127.0.0.1', resolve));
  project.provide('consoleBuild', `http://127.0.0.1:${(door.address() as AddressInfo).port}/`);
  return () => {
    door.close();
    door.closeAllConnections();
  };
}
