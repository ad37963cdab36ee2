import { Agent } from 'node:https';
import { setTimeout as delay } from 'node:timers/promises';
import { recordOf } from '../cinema.ts';
import { type Case, fail, notAsked, warn } from '../frame/case.ts';
import type { Reply } from '../wire/send.ts';
import type { PlatformWorld } from './world.ts';

const WAVES = 50;
const WAVE = 100;
const KILLS = 100;

/** Many requests at once, many connections, many power cuts. Scheme 5.3.1. */
export function loadCases(world: PlatformWorld): Case[] {
  const { cinema, cinemaCode, hooks } = world;
  const ask = (id: string, run: Case['run']) => world.ask(id, run, 'depth');
  /** How long the slowest answer took, which is at most three seconds. */
  const withinTime = (replies: readonly Reply[]) => {
    const unanswered = replies.filter((reply) => !world.isAnswered(reply)).length;
    if (unanswered > 0) return fail(`${unanswered} of ${replies.length} were not answered.`);
    const slowest = Math.round(Math.max(...replies.map(({ ms }) => ms)));
    return slowest > 3000 ? fail(`The slowest took ${slowest} ms.`) : `${slowest} ms`;
  };
  return [
    ask('load.thousand', async () =>
      withinTime(await Promise.all(Array.from({ length: 1000 }, () => world.askKeys()))),
    ),
    ask('load.connections', async () => {
      const agents: Agent[] = [];
      try {
        let refusal = '';
        const began = performance.now();
        while (agents.length < WAVES && refusal === '') {
          const agent = new Agent({ keepAlive: true, maxFreeSockets: WAVE });
          agents.push(agent);
          const asked = Array.from({ length: WAVE }, () => world.askKeys({}, agent));
          refusal = await Promise.all(asked).then(() => '', String);
        }
        if (refusal.includes('EMFILE')) return notAsked('This machine opens too few files: ulimit -n 8192.');
        const open = agents.flatMap(({ freeSockets }) => Object.values(freeSockets).flat()).length;
        const seconds = Math.round((performance.now() - began) / 1000);
        if (open < WAVES * WAVE)
          warn(
            `${open} of ${WAVES * WAVE} connections of one address are open after ${seconds} s: raise a limit by address, accept connections faster, or keep idle ones open longer. ${refusal}`,
          );
        return withinTime([await world.askKeys()]);
      } finally {
        for (const agent of agents) agent.destroy();
      }
    }),
    ask('report.kills', async () => {
      const { restart, records } = hooks;
      if (restart === null || records === null || cinema === null)
        return notAsked('Needs Restart and Records in the bundle, and the private key of a cinema.');
      const tickets = Array.from({ length: KILLS }, () => cinema.sell());
      for (const [point, ticket] of tickets.entries()) {
        const record = [recordOf(ticket)];
        const answer = world.report(record).catch(() => null);
        await delay(point);
        await restart();
        await answer;
        if (!(await world.report(record)).isTrue) fail(`After kill ${point + 1} a record was not taken again.`);
      }
      const kept = Map.groupBy(await records(cinemaCode), ({ FilmTicketCode }) => FilmTicketCode);
      const notOnce = tickets.filter(({ info }) => kept.get(info.filmTicketCode)?.length !== 1).length;
      return notOnce === 0 ? `${KILLS} kills` : fail(`${notOnce} records are not kept once.`);
    }),
  ];
}
