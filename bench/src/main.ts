import { parseArgs } from 'node:util';
import { decodeContestants } from './decode.ts';
import { startExchange } from './exchange.ts';
import { hostileCosts } from './hostile-bodies.ts';
import { machine, say } from './print.ts';
import { type Result, takeTurns } from './rounds.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '7' },
    requests: { type: 'string', default: '4000' },
    port: { type: 'string', default: '19000' },
  },
});
const rounds = Number(values.rounds);

say(`${machine()}, ${rounds} rounds in turn, medians\n`);

say('Ticket info codes (RSA-1024) decoded a second');
table(await takeTurns(decodeContestants(), rounds));

say('A body of 1.59 MB before its sender is known, milliseconds: read whole, and QueryData only found');
for (const { name, wholeMs, foundMs } of hostileCosts(rounds)) {
  say(`  ${name.padEnd(34)}${wholeMs.toFixed(1).padStart(9)}${foundMs.toFixed(1).padStart(9)}`);
}
say();

const exchange = await startExchange({ requests: Number(values.requests), rounds, port: Number(values.port) });
try {
  say(`Calls a second over HTTPS, 100 connections, ${values.requests} calls a round, generator on the same machine`);
  table(await takeTurns(exchange.keys, rounds));
  table(await takeTurns(exchange.report, rounds));
} finally {
  await exchange.close();
}

function table(results: readonly Result[]): void {
  for (const { name, perSecond, least, most, ofFirst } of results) {
    const rate = Math.round(perSecond).toLocaleString('en').padStart(9);
    const range = `(${Math.round(least).toLocaleString('en')}–${Math.round(most).toLocaleString('en')})`;
    say(`  ${name.padEnd(34)}${rate}  ${range.padEnd(22)}${ofFirst.toFixed(2)}`);
  }
  say();
}
