import { machine, readOptions, say, spreadOf } from './command-line.ts';
import { type Contestant, startExchange } from './exchange.ts';

const { rounds, requests, port } = readOptions({ rounds: 7, requests: 4000, port: 19000 });

say(`${machine()}, ${rounds} rounds in turn, medians\n`);

const exchange = await startExchange({ requests, port });
try {
  say(`Calls a second over HTTPS, 100 connections, ${requests} calls a round, generator on the same machine`);
  table(await takeTurns(exchange.keys, rounds));
  table(await takeTurns(exchange.report, rounds));
  say(
    'CPU of one call at the national platform, µs, all threads: in all, event loop, V8’s threads, the database’s and others',
  );
  for (const [name, { all, eventLoop, v8, others }] of exchange.cpuOfCalls()) {
    const cells = [all, eventLoop, v8, others].map((us) => us.toFixed(1).padStart(9));
    say(`  ${name.padEnd(34)}${cells.join('')}`);
  }
} finally {
  await exchange.close();
}

function table(results: Awaited<ReturnType<typeof takeTurns>>): void {
  for (const { name, perSecond, least, most, ofFirst } of results) {
    const rate = Math.round(perSecond).toLocaleString('en').padStart(9);
    const range = `(${Math.round(least).toLocaleString('en')}–${Math.round(most).toLocaleString('en')})`;
    say(`  ${name.padEnd(34)}${rate}  ${range.padEnd(22)}${ofFirst.toFixed(2)}`);
  }
  say();
}

/**
 * Lets the contestants take turns, so that what disturbs the machine disturbs all of them, and answers the median rate
 * of each and the median of the ratios within a round to the first contestant.
 */
async function takeTurns(contestants: readonly Contestant[], rounds: number) {
  const rates = contestants.map(() => [] as number[]);
  for (let round = -1; round < rounds; round++) {
    for (const [index, contestant] of contestants.entries()) {
      const rate = await contestant.run();
      if (round >= 0) rates[index]?.push(rate); // the first round warms up
    }
  }
  const [first = []] = rates;
  return contestants.map(({ name }, index) => {
    const own = rates[index] ?? [];
    return {
      name,
      perSecond: spreadOf(own).p50,
      least: Math.min(...own),
      most: Math.max(...own),
      ofFirst: spreadOf(own.map((rate, round) => rate / (first[round] ?? Number.NaN))).p50,
    };
  });
}
