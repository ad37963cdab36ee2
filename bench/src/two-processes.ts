import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { APIS, parseRecordId } from '@ticket-check/protocol';
import { uuidv7 } from 'uuidv7';
import { openConnection } from './load.ts';
import { metricOf } from './metrics.ts';
import { startPlatforms } from './platforms.ts';
import { machine, say } from './print.ts';
import { openService } from './service.ts';
import { CINEMA, extendedRecord } from './tickets.ts';
import { wholeNumber } from './whole-number.ts';
import { workDirectory } from './work-directory.ts';

// How often records go up that are reported to two processes of a third-party platform on one PostgreSQL database: once each.

const { values } = parseArgs({
  options: {
    records: { type: 'string', default: '300' },
    /** A PostgreSQL server, `postgres://…`. */
    server: { type: 'string' },
    port: { type: 'string', default: '19950' },
  },
});
const count = wholeNumber('records', values.records);
const port = wholeNumber('port', values.port);
const { server } = values;
const RECORDS_A_REPORT = 10;
const ASK_AGAIN_MS = 200;
if (server === undefined) {
  process.stderr.write('--server names a PostgreSQL server; bench:postgres prints the address of one.\n');
  process.exit(2);
}

const directory = workDirectory();
const consoles = [port + 3, port + 4];
const platforms = await startPlatforms({
  directory,
  port,
  tickets: count,
  accounts: ['terminal'],
  settings: { CONSOLE_PORT: String(consoles[0]) },
  server,
});
const { thirdParty, national, tickets, ukey, signed } = platforms;
const second = openService('third-party-platform', {
  directory: join(directory, 'second'),
  port: port + 2,
  settings: {
    CONSOLE_PORT: String(consoles[1]),
    DATABASE_URL: Object.assign(new URL(server), { pathname: '/bench_third_party' }).href,
  },
});
try {
  await second.start();
  const connections = [thirdParty, second].map((process) => openConnection(process.target()));
  await Promise.all(connections.map(({ opened }) => opened));
  const reports = Array.from({ length: Math.ceil(count / RECORDS_A_REPORT) }, (_, number) => {
    const some = tickets.slice(number * RECORDS_A_REPORT, (number + 1) * RECORDS_A_REPORT);
    const CheckTickets = some.map((ticket) => extendedRecord(ticket, ukey.privateKey, parseRecordId(uuidv7())));
    return signed('terminal', APIS.reportOriginalCheckTickets, { CinemaCode: CINEMA, CheckTickets });
  });
  // Either process has a connection, over which its reports go one after the other.
  await Promise.all(
    connections.map(async (connection, process) => {
      for (const report of reports.filter((_, number) => number % connections.length === process)) {
        const { text } = await connection.ask(report);
        if (!text.includes('"ReportResult":true')) throw new Error(text.slice(-500));
      }
    }),
  );
  const sum = async (metric: string) => {
    const each = consoles.map((at) => metricOf({ ...thirdParty.target(), port: at }, metric));
    return (await Promise.all(each)).reduce((all, one) => all + one, 0);
  };
  while ((await sum('check_records_waiting')) > 0) await delay(ASK_AGAIN_MS);
  const { Entries } = JSON.parse(await national.command(['records', 'count']));
  say(`${machine()}; PostgreSQL`);
  say(
    `${count} records reported to two processes: ${await sum('check_records_delivered_total')} deliveries, ${Entries} entries at the national platform`,
  );
  for (const connection of connections) connection.close();
} finally {
  await second.stop();
  await platforms.stop();
}
