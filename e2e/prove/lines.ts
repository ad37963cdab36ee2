import type { Role } from '@ticket-check/simulators/dev-network';
import { type FaultProxy, type Passed, startFaultProxy } from '../testing/fault-proxy.ts';
import type { ProofResult } from './proof-result.ts';
import type { ProofSite } from './proof-site.ts';
import { onTwoTerminals, type TwoTerminals } from './two-terminals.ts';

/** Between which services a line is: below or above the third-party platform. */
export const HOPS = ['below', 'above'] as const;
export type Hop = (typeof HOPS)[number];

/** The lines of two terminals and of the platform above them, each through a proxy. */
export interface Lines {
  /** By the name of the terminal. */
  below: ReadonlyMap<string, FaultProxy>;
  above: FaultProxy;
  of(hop: Hop): FaultProxy[];
  /** Makes those at the lower end of these lines forget what they know of the platform above: the next call is the first. */
  forget(hop: Hop): Promise<void>;
  /** How many requests and connections met faults whose name and what was asked for begin so. */
  met(hop: Hop, beginning?: string): number;
  close(): Promise<void>;
}

type OnPassed = (hop: Hop, passed: Passed) => void;

/** Sends all three services through proxies, with accounts of their own; `onPassed` is called with what passes whole. */
async function layLines(
  { site, terminals, demo }: TwoTerminals,
  chance: () => number,
  onPassed: OnPassed = () => {},
): Promise<Lines> {
  const proxies: FaultProxy[] = [];
  const setAgain: Record<Hop, (() => Promise<unknown>)[]> = { below: [], above: [] };
  const cinema = demo.boxOffice.cinema.cinemaCode;
  const through = async (caller: ProofSite, role: Role, to: Role, username: string) => {
    // The cinema is named, for the keys that are needed.
    const direct = { ...(await site.issue(to, username)), CinemaCodes: [cinema] };
    const hop = role === 'third-party-platform' ? 'above' : 'below';
    const proxy = await startFaultProxy({ to: direct, chance, onPassed: (passed) => onPassed(hop, passed) });
    proxies.push(proxy);
    // A service keeps its connection, and what it knows of the peer, for as long as the address is the same.
    let times = 0;
    const set = () => {
      const { Url, ...bundle } = proxy.bundle(direct);
      times += 1;
      return caller.command(role, ['upstream', 'set', '-'], JSON.stringify({ ...bundle, Url: `${Url}?${times}` }));
    };
    setAgain[hop].push(set);
    await set();
    return proxy;
  };
  try {
    const lineOf = async ([name, terminal]: [string, ProofSite]) => {
      const username = `${name.replaceAll(' ', '-')}-behind-a-proxy`;
      return [name, await through(terminal, 'terminal-agent', 'third-party-platform', username)] as const;
    };
    const [above, ...ofTerminals] = await Promise.all([
      through(site, 'third-party-platform', 'national-platform', 'platform-behind-a-proxy'),
      ...[...terminals].map(lineOf),
    ]);
    const below = new Map(ofTerminals);
    const of = (hop: Hop) => (hop === 'above' ? [above] : [...below.values()]);
    return {
      below,
      above,
      of,
      forget: async (hop) => void (await Promise.all(setAgain[hop].map((set) => set()))),
      met: (hop, beginning = '') =>
        of(hop)
          .flatMap(({ met }) => [...met])
          .filter(([what]) => what.startsWith(beginning))
          .reduce((sum, [, times]) => sum + times, 0),
      close: async () => void (await Promise.all(proxies.map((proxy) => proxy.close()))),
    };
  } catch (error) {
    await Promise.all(proxies.map((proxy) => proxy.close()));
    throw error;
  }
}

/** Runs a proof on two terminals whose lines go through fault proxies; `onPassed` is called with what passes whole. */
export async function onLines(
  {
    chance,
    result,
    onPassed,
    settings,
  }: {
    chance: () => number;
    result: ProofResult;
    onPassed?: OnPassed;
    settings?: Partial<Record<Role, NodeJS.ProcessEnv>>;
  },
  prove: (place: TwoTerminals, lines: Lines) => Promise<void>,
): Promise<void> {
  // Services that end send what they have: their lines end after them.
  let close = async () => {};
  const onThem = async (place: TwoTerminals) => {
    const lines = await layLines(place, chance, onPassed);
    close = lines.close;
    await prove(place, lines);
  };
  await onTwoTerminals(result, onThem, settings);
  await close();
}
