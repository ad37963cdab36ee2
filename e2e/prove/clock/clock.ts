import { join } from 'node:path';
import { openDemo } from '@ticket-check/simulators/dev-network';
import { type Door, doorsOf } from '../guests.ts';
import { holdPromise } from '../oracle/promise.ts';
import { nothingYet, type ProofResult } from '../proof-result.ts';
import { drained, onProofSite } from '../proof-site.ts';
import { seededChance } from '../seeded-chance.ts';
import { sellMany } from '../sell-many.ts';
import { until } from '../until.ts';
import { fakeClock } from './fake-clock.ts';
import { jumps } from './jumps.ts';
import { plainTime } from './plain-time.ts';
import { clockScene, type Scene } from './scene.ts';
import { setInService, setOffline, startWrong } from './set-clocks.ts';

const TICKETS = 240;

export interface ClockOptions {
  seed: string;
  /** How often the clock is set at a random moment, beside the fixed cases. */
  size: number;
}

/**
 * Clocks that are wrong: a terminal that starts with one, that is set back and ahead during service, on and off line,
 * and plain platforms that answer in another time zone or a constant. Reading C7.
 */
export async function run({ seed, size }: ClockOptions): Promise<ProofResult> {
  const result = nothingYet({
    name: 'clock',
    tried: 'clocks of a terminal set wrong and right, at its start and in service, and of plain platforms',
    seed,
  });
  const parts = [
    // The first start makes the terminal's certificate, and that at a wrong time too.
    setClocks({ result, first: -600, cases: [startWrong] }),
    setClocks({ result, first: 600, cases: [setInService, setOffline] }),
    plainTime(result),
    jumps({ size, chance: seededChance(seed), result }),
  ];
  await Promise.all(parts);
  return result;
}

/** One terminal whose clock is set, guest by guest. */
async function setClocks(options: {
  result: ProofResult;
  /** How many seconds ahead the clock is when the terminal is set up. */
  first: number;
  cases: readonly ((scene: Scene) => Promise<void>)[];
}): Promise<void> {
  const { result, first, cases } = options;
  await onProofSite(result, async (site) => {
    const clock = fakeClock(site.directory);
    Object.assign(site.env['terminal-agent'], clock.env);
    clock.set(first);
    await site.startAll();
    const demo = await openDemo(site, join(site.directory, 'demo'));
    const tickets = sellMany(demo.boxOffice, TICKETS);
    await demo.tell();
    await until(`the terminal, ${first} s ahead, has its keys`, async () => {
      const { cinemas } = JSON.parse((await site.get('terminal-agent', '/health')).text).keys;
      return cinemas[0]?.keys > 0;
    });
    const [door] = await doorsOf(site, 'terminal', ['gate-1']);
    const scene = clockScene({ site, clock, result, door: door!, tickets });
    for (const each of cases) await each(scene);
    await scene.allIn();
    await drained([site]);
    await demo.close();
    const records = await site.list<{ RecordId: string; CheckTime: string }>('national-platform', 'records', 'list');
    await scene.holdTimes(new Map(records.map(({ RecordId, CheckTime }) => [RecordId, CheckTime])));
    const observed = {
      guests: scene.guests,
      sold: demo.boxOffice.tickets,
      clockOff: (_: Door, from: number, to: number) => clock.offBetween(from, to),
      wrongClocks: ['terminal'],
    };
    await holdPromise(new Map([['terminal', site]]), observed, result);
  });
}
