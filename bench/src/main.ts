import { machine, readOptions, say } from './command-line.ts';
import { decodeContestants } from './decode.ts';
import { startExchange } from './exchange.ts';
import { hostileCosts } from './hostile-bodies.ts';
import { type Result, takeTurns } from './rounds.ts';

const { rounds, requests, port } = readOptions({ rounds: 7, requests: 4000, port: 19000 });

say(`${machine()}, ${rounds} rounds in turn, medians\n`);

say('Ticket info codes (RSA-1024) decoded a second');
table(await takeTurns(decodeContestants(), rounds));

say('A body of 1.59 MB before its sender is known, milliseconds: read whole, and QueryData only found');
for (const { name, wholeMs, foundMs } of hostileCosts(rounds)) {
  say(`  ${name.padEnd(34)}${wholeMs.toFixed(1).padStart(9)}${foundMs.toFixed(1).padStart(9)}`);
}
say();

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

function table(results: readonly Result[]): void {
  for (const { name, perSecond, least, most, ofFirst } of results) {
    const rate = Math.round(perSecond).toLocaleString('en').padStart(9);
    const range = `(${Math.round(least).toLocaleString('en')}–${Math.round(most).toLocaleString('en')})`;
    say(`  ${name.padEnd(34)}${rate}  ${range.padEnd(22)}${ofFirst.toFixed(2)}`);
  }
  say();
}
