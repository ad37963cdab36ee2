import { randomUUID } from 'node:crypto';
import {
  type CinemaCode,
  type CinemaKey,
  type Extension,
  ProtocolError,
  type StoreGeneration,
} from '@ticket-check/protocol';
import { startPeer } from '@ticket-check/runtime/testing';
import { platformApis } from './apis.ts';
import { createCallLog } from './call-log.ts';
import { Claims } from './claims.ts';
import { createFaults, type Mend } from './faults.ts';
import { type Backup, backUp, openLedger } from './ledger.ts';
import { answerSigned, makeAccount, type PeerAccount, type PeerBundle, type PeerCall } from './signed-peer.ts';

type Cinemas = readonly CinemaCode[] | 'all';

export type PeerPlatformOptions = {
  /** Epoch milliseconds: the time of its replies, from which requests may be five minutes off. The real time by default. */
  now?: () => number;
  /** `plain` knows the scheme and nothing else, and has the habits of other people's servers. `extended` by default. */
  kind?: 'extended' | 'plain';
  /** What an extended one speaks, in place of all that its role speaks here. */
  extensions?: readonly Extension[];
  /** Whether it offers `changes`. Not by default: terminals poll it, and many tests count calls. */
  offersChanges?: boolean;
  /** The account that its bundle is for, and the cinemas of that account; all by default. */
  username?: string;
  cinemaCodes?: Cinemas;
  keys?: Iterable<readonly [CinemaCode, readonly CinemaKey[]]>;
};

/**
 * A test's handler of an Api: returns ReplyData or an `HttpAnswer`, or throws ProtocolError to refuse. `usual` runs the
 * platform's own handler, and returns its ReplyData.
 */
type Replacement = (query: Record<string, unknown>, usual: () => Promise<unknown>) => unknown;

/** A platform in memory, over real HTTPS: what it knows, what it was asked, and what goes wrong with it. */
export type PeerPlatform = Awaited<ReturnType<typeof startPlatform>>;

const BOTH: readonly Extension[] = ['check-records', 'reverses', 'overrides', 'record-origins', 'undone-records'];
const NATIONAL: readonly Extension[] = ['record-id', 'shared-cinema', 'ticket-infos', ...BOTH];
const THIRD_PARTY: readonly Extension[] = ['record-id', 'claim-ticket', ...BOTH];

/** Starts a national platform, plain or extended. */
export const startNationalPlatform = (options: PeerPlatformOptions = {}): Promise<PeerPlatform> =>
  startPlatform({ extensions: NATIONAL, username: 'vendor-a', ...options });

/** Starts a third-party platform, plain or extended; it takes claims where it speaks `claim-ticket`. */
export const startThirdPartyPlatform = (options: PeerPlatformOptions = {}): Promise<PeerPlatform> =>
  startPlatform({ extensions: THIRD_PARTY, username: 'terminal-1', ...options });

type RoleOptions = PeerPlatformOptions & Required<Pick<PeerPlatformOptions, 'extensions' | 'username'>>;

async function startPlatform(options: RoleOptions) {
  const { now = Date.now, kind = 'extended', username, cinemaCodes = 'all', keys, offersChanges = false } = options;
  const isPlain = kind === 'plain';
  const beside: Extension[] = offersChanges ? ['changes', 'signed-store'] : ['signed-store'];
  const extensions = isPlain ? [] : [...options.extensions, ...beside];
  const ledger = openLedger(now, keys);
  const apis = platformApis(ledger, { isPlain, extensions, now });
  const replacements = new Map<string, Replacement>();
  const accounts = new Map<string, PeerAccount>();
  const { handled, received, ...log } = createCallLog();
  const { through, mendAll, ...faults } = createFaults();
  let current: StoreGeneration = { generation: randomUUID(), replaces: [] };

  async function handle(call: PeerCall): Promise<unknown> {
    const usual = async () => {
      const handler = apis.get(call.api);
      if (handler === undefined) throw new ProtocolError('API_UNKNOWN', `There is no ${call.api} here.`);
      return handler(call);
    };
    const replacement = replacements.get(call.api);
    return replacement === undefined ? usual() : replacement(call.query, usual);
  }

  async function answer(call: PeerCall): Promise<unknown> {
    const { api, query, account } = call;
    received({ api, query, username: account.username });
    try {
      return await through(api, () => handle(call));
    } finally {
      handled();
    }
  }

  const serve = answerSigned({ accounts, now, extensions, currentGeneration: () => current, answer });
  let server = await startPeer(serve);
  const { url, port, ca } = server;

  async function issue(name: string, cinemas: Cinemas = cinemaCodes): Promise<PeerBundle> {
    const { account, privateKeyPem } = await makeAccount(name, cinemas);
    accounts.set(name, account);
    const CinemaCodes = cinemas === 'all' ? ['*'] : cinemas;
    return { Url: url, Username: name, PrivateKey: privateKeyPem, CaCertificate: ca, CinemaCodes };
  }

  const bundle = await issue(username);
  return Object.assign(ledger, log, faults, {
    /** The account of the one caller that most tests have. */
    bundle,
    /** Makes an account for a further caller, by default for the same cinemas. */
    issue,
    /** Answers an Api in another way until the returned function is called; also one that it does not serve itself. */
    replace(api: string, replacement: Replacement): Mend {
      replacements.set(api, replacement);
      return () => void replacements.delete(api);
    },
    /** Resolves once it has `count` records. */
    received: (count: number) => log.until(() => ledger.records.length >= count),
    /** What it has received, as a backup made now keeps it. */
    backUp: () => backUp(ledger),
    /** Restores a backup, or one without any record or claim, with which a new generation of its data begins. */
    restore(backup: Backup = { records: [], reversals: [], claims: new Claims() }): void {
      Object.assign(ledger, backUp(backup), { changesSince: randomUUID() });
      current = { generation: randomUUID(), replaces: [current.generation, ...current.replaces] };
    },
    /** Nothing listens any more. Answers under way still go out; then every connection is cut. */
    stop: () => server.close(),
    /** Listens again, at the same address, with what it had. */
    async restart(): Promise<void> {
      server = await startPeer(serve, { port });
    },
    /** Stops for good, and lets go of what waits. */
    async close(): Promise<void> {
      await server.close();
      mendAll();
    },
  });
}
