import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Bundle, CA_FILE, cinemaCodesOf, createUpstreamStore } from '@ticket-check/exchange';
import { placeCertificate, postRaw } from '@ticket-check/exchange/testing';
import { keysStored } from '@ticket-check/key-cache/testing';
import { createLogger } from '@ticket-check/runtime';
import { freePort, needsTag } from '@ticket-check/runtime/testing';
import { migrateFreshService } from '@ticket-check/storage/testing';
import { onTestFinished } from 'vitest';
import { startTerminalAgent, type TerminalAgentOptions } from '../app.ts';
import { readTerminalSettings } from '../config.ts';
import { scans } from '../journal/list-scans.ts';
import { openTerminalStore, type TerminalStore, terminalMigrations } from '../tables.ts';
import { CINEMA } from './test-cinema.ts';

// What tests of several services put into this one's store.
export { keepingRefusal } from '../journal/refusals.ts';

type Env = Record<string, string>;

/** The place of one terminal: its data directory and its settings, which outlive the agent. */
export type TerminalSite = Awaited<ReturnType<typeof makeTerminal>>;

/** Makes a terminal on a free port, with an empty data directory, whose clock is the test's. */
export async function makeTerminal(options: {
  now: () => number;
  settings?: Env;
  /** False where the test makes the store itself. */
  isMigrated?: boolean;
}) {
  const dataDir = await mkdtemp(join(tmpdir(), 'test-terminal-'));
  await placeCertificate(dataDir);
  const env: Env = {
    DATA_DIR: dataDir,
    PORT: `${await freePort()}`,
    CONSOLE_PORT: '0',
    LOG_LEVEL: 'silent',
    GATES: 'gate-1;gate-2',
    // Nobody waits at the gate of a test, and a busy machine must not count as a silent upstream.
    UPSTREAM_BUDGET_MS: '10000',
    ...options.settings,
  };
  onTestFinished(async () => {
    await rm(dataDir, { recursive: true, force: true });
    await rm(`${dataDir}.key`, { force: true });
  });

  if (options.isMigrated ?? true) await migrateFreshService(() => readTerminalSettings(env), terminalMigrations);

  async function open(): Promise<TerminalStore> {
    const store = await openTerminalStore(readTerminalSettings(env));
    onTestFinished(() => store.close());
    return store;
  }

  return {
    env,
    /** The store as another process of the same machine sees it. */
    open,
    /** Tells the terminal its upstream, as `upstream set` does. */
    async setUpstream(bundle: Bundle): Promise<void> {
      const store = await openTerminalStore(readTerminalSettings(env));
      await createUpstreamStore(store).set({
        url: bundle.Url,
        username: bundle.Username,
        privateKeyPem: bundle.PrivateKey,
        caPem: bundle.CaCertificate,
        cinemaCodes: cinemaCodesOf(bundle),
        payloadForm: 'hex',
        priceForm: 'two-decimals',
      });
      await store.close();
    },
    /** Resolves once the agent that runs has keys of its cinema, so that its platform may be taken away. */
    async keysStored(): Promise<void> {
      const store = await openTerminalStore(readTerminalSettings(env));
      await keysStored(store, [CINEMA]).finally(() => store.close());
    },
    /** Starts the agent; another start on the same data is a restart. */
    async start({ settings = {}, ...others }: Partial<TerminalAgentOptions> & { settings?: Env } = {}) {
      needsTag('service');
      const agent = await startTerminalAgent({
        // On a busy machine the platform still hears that it ends.
        lastWordMs: 10_000,
        env: { ...env, ...settings },
        clock: options.now,
        logger: createLogger('test', 'silent'),
        ...others,
      });
      onTestFinished(() => agent.close());
      return agent;
    },
  };
}

/** The newest scans as `scans list` prints them, oldest of them first. */
export async function listedScans(terminal: TerminalSite, most = 10): Promise<Record<string, unknown>[]> {
  const asked = { filters: { last: most }, cinemas: 'all', after: null, limit: most } as const;
  return [...(await scans.find(await terminal.open(), asked)).rows];
}

type Agent = { readonly consoleUrl: string };

async function textAt({ consoleUrl }: Agent, path: string, dataDir: string): Promise<string> {
  const ca = readFileSync(join(dataDir, CA_FILE), 'utf8');
  return (await postRaw(`${consoleUrl}${path}`, '', { ca, method: 'GET' })).text;
}

/** What a running agent answers to `GET /health`. */
export const healthOf = async (agent: Agent, dataDir: string) => JSON.parse(await textAt(agent, '/health', dataDir));

/** What a running agent answers to `GET /metrics`. */
export const metricsOf = (agent: Agent, dataDir: string) => textAt(agent, '/metrics', dataDir);
