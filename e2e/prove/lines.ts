import type { Role } from '@ticket-check/simulators/dev-network';
import { type FaultProxy, type Passed, startFaultProxy } from '../testing/fault-proxy.ts';
import type { Settings, Site } from '../testing/site.ts';
import { inWorld, type Run, type World } from './world.ts';

/** Between which services a line is: below or above the third-party platform. */
export const HOPS = ['below', 'above'] as const;
export type Hop = (typeof HOPS)[number];

/** The lines of two terminals and of the platform above them, each through a proxy. */
export interface Lines {
  /** Those below are in the order of the terminals. */
  of(hop: Hop): readonly FaultProxy[];
  /** Makes those at the lower end of these lines forget what they know of the platform above: the next call is the first. */
  forget(hop: Hop): Promise<void>;
  /** How many requests and connections met faults whose name and what was asked for begin so. */
  met(hop: Hop, beginning?: string): number;
}

/** Gives a world to a proof whose lines go through fault proxies; `onPassed` is called with what passes whole. */
export async function inWorldWithLines(
  run: Run,
  { settings = {}, onPassed = () => {} }: { settings?: Settings; onPassed?: (hop: Hop, passed: Passed) => void },
  act: (world: World, lines: Lines) => Promise<void>,
): Promise<void> {
  const proxies: Record<Hop, FaultProxy[]> = { below: [], above: [] };
  const setAgain: Record<Hop, (() => Promise<unknown>)[]> = { below: [], above: [] };

  async function layLine({ site, demo, chance }: World, hop: Hop, caller: Site, username: string): Promise<void> {
    const [role, to]: [Role, Role] =
      hop === 'above' ? ['third-party-platform', 'national-platform'] : ['terminal-agent', 'third-party-platform'];
    // The cinema is named, for the keys that are needed.
    const direct = { ...(await site.issue(to, username)), CinemaCodes: [demo.boxOffice.cinema.cinemaCode] };
    const proxy = await startFaultProxy({ to: direct, chance, onPassed: (passed) => onPassed(hop, passed) });
    proxies[hop].push(proxy);
    // A service keeps its connection, and what it knows of the peer, for as long as the address is the same.
    let times = 0;
    const set = () => {
      const { Url, ...bundle } = proxy.bundle(direct);
      times += 1;
      return caller.command(role, ['upstream', 'set', '-'], JSON.stringify({ ...bundle, Url: `${Url}?${times}` }));
    };
    setAgain[hop].push(set);
    await set();
  }

  await inWorld(run, { settings }, async (world) => {
    await layLine(world, 'above', world.site, 'platform-behind-a-proxy');
    for (const [index, terminal] of [...world.terminals.values()].entries())
      await layLine(world, 'below', terminal, `terminal-${index + 1}-behind-a-proxy`);
    await act(world, {
      of: (hop) => proxies[hop],
      forget: async (hop) => void (await Promise.all(setAgain[hop].map((set) => set()))),
      met: (hop, beginning = '') =>
        proxies[hop]
          .flatMap(({ met }) => [...met])
          .filter(([what]) => what.startsWith(beginning))
          .reduce((sum, [, times]) => sum + times, 0),
    });
  });
  // Services that end send what they have: their lines end after them.
  await Promise.all(HOPS.flatMap((hop) => proxies[hop]).map((proxy) => proxy.close()));
}
