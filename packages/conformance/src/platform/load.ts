import { Agent } from 'node:https';
import { setTimeout as delay } from 'node:timers/promises';
import { recordOf } from '../cinema.ts';
import { type Case, fail, notAsked, warn } from '../frame/case.ts';
import type { PlatformWorld } from './world.ts';

const WAVES = 50;
const WAVE = 100;
const KILLS = 100;

/** Many requests at once, many connections, many power cuts. Scheme 5.3.1. */
export function loadCases(world: PlatformWorld): Case[] {
  const { ask, cinema, cinemaCode, hooks } = world;
  return [
    ask(
      'load.thousand',
      async () => {
        const replies = await Promise.all(Array.from({ length: 1000 }, () => world.askKeys()));
        const slowest = Math.round(Math.max(...replies.map(({ ms }) => ms)));
        const unanswered = replies.filter((reply) => !world.isAnswered(reply)).length;
        if (unanswered > 0) return fail(`${unanswered} of them were not answered.`);
        return slowest > 3000 ? fail(`The slowest took ${slowest} ms.`) : `${slowest} ms`;
      },
      'depth',
    ),
    ask(
      'load.connections',
      async () => {
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
          const reply = await world.askKeys();
          if (!world.isAnswered(reply)) return fail('Nothing else is answered meanwhile.');
          const { ms } = reply;
          return ms > 3000 ? fail(`An answer takes ${Math.round(ms)} ms.`) : `${Math.round(ms)} ms`;
        } finally {
          for (const agent of agents) agent.destroy();
        }
      },
      'depth',
    ),
    ask(
      'report.kills',
      async () => {
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
        const kept = (await records(cinemaCode)).map(({ FilmTicketCode }) => FilmTicketCode);
        const twice = tickets.filter(({ info }) => kept.filter((code) => code === info.filmTicketCode).length !== 1);
        return twice.length === 0 ? `${KILLS} kills` : fail(`${twice.length} records are not kept once.`);
      },
      'depth',
    ),
  ];
}
