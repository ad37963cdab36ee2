import { join } from 'node:path';
import { type Demo, openDemo, type Role } from '@ticket-check/simulators/dev-network';
import { type Door, doorsOf } from './guests.ts';
import type { ProofResult } from './proof-result.ts';
import { inLastWords, openProofSite, type ProofSite, provisionTerminal } from './proof-site.ts';
import { until } from './until.ts';

const GATES = ['gate-1', 'gate-2'];
const KEYS_LIMIT_MS = 30_000;
/** Settings with which a platform that is only slow makes no terminal let people in without it. */
export const PATIENT = {
  'terminal-agent': { UPSTREAM_BUDGET_MS: '10000' },
  'third-party-platform': { UPSTREAM_BUDGET_MS: '9000' },
};

/** Two terminals, each with two gates, below one platform; everything runs. */
export interface TwoTerminals {
  /** The platforms and the first terminal. */
  site: ProofSite;
  /** The same platforms and the second terminal. */
  other: ProofSite;
  demo: Demo;
  /** All four doors. */
  doors: Door[];
  /** Each terminal by the name that its doors carry. */
  terminals: ReadonlyMap<string, ProofSite>;
  close(): Promise<void>;
}

/** Starts them, gives each its account at the one above and resolves once both terminals have their keys. */
export async function openTwoTerminals(settings: Partial<Record<Role, NodeJS.ProcessEnv>> = {}): Promise<TwoTerminals> {
  const site = await openProofSite({
    ...settings,
    'terminal-agent': { GATES: GATES.join(';'), ...settings['terminal-agent'] },
  });
  try {
    const other = await site.withOtherTerminal();
    await Promise.all([site.startAll(), other.start('terminal-agent')]);
    const demo = await openDemo(site, join(site.directory, 'demo'));
    await provisionTerminal(other, 'terminal-of-the-other-door', [demo.boxOffice.cinema.cinemaCode]);
    const terminals = new Map([
      ['terminal 1', site],
      ['terminal 2', other],
    ]);
    const doors = await Promise.all([...terminals].map(([name, terminal]) => doorsOf(terminal, name, GATES)));
    await Promise.all([...terminals.values()].map(keysArrived));
    return {
      site,
      other,
      demo,
      doors: doors.flat(),
      terminals,
      async close() {
        await demo.close();
        await site.close();
      },
    };
  } catch (error) {
    const said = inLastWords(site, error);
    await site.close();
    throw new Error(said);
  }
}

/**
 * Runs a proof on two terminals and closes them; where it cannot go on, above all where a service does not start again, that is a
 * failure of the result.
 */
export async function onTwoTerminals(
  result: ProofResult,
  prove: (place: TwoTerminals) => Promise<void>,
  settings: Partial<Record<Role, NodeJS.ProcessEnv>> = {},
): Promise<void> {
  let place: TwoTerminals | undefined;
  try {
    place = await openTwoTerminals(settings);
    await prove(place);
  } catch (error) {
    const others = place === undefined ? [] : [`terminal 2: ${place.other.lastWords('terminal-agent')}`];
    result.failures.push([place === undefined ? String(error) : inLastWords(place.site, error), ...others].join('\n'));
  } finally {
    await place?.close();
  }
}

async function keysArrived(terminal: ProofSite): Promise<void> {
  const hasKeys = async () => {
    const { cinemas } = JSON.parse((await terminal.get('terminal-agent', '/health')).text).keys;
    return cinemas.some(({ keys }: { keys: number }) => keys > 0);
  };
  const missed = () => `keys at a terminal: ${terminal.lastWords('terminal-agent')}`;
  await until(missed, hasKeys, { withinMs: KEYS_LIMIT_MS });
}
