import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { monthOf, monthsFrom } from '@ticket-check/check-records';
import { wallClockAt } from '@ticket-check/protocol';
import { startPostgres } from '@ticket-check/storage/testing/postgres-process';
import { Client } from 'pg';
import { machine, printTable, readOptions, say, wholeNumbers, workDirectory } from './command-line.ts';
import { ACCOUNTS, type Prepared, requestMaker } from './evening/requests.ts';
import { closedLoop } from './evening/scenarios.ts';
import { startPlatforms } from './platforms.ts';
import { fillMonth, measurePurge } from './purge.ts';
import { cpuOf, cpuWithChildren } from './usage.ts';

// A PostgreSQL server, durable as in production, gone with its data when this ends. Prints its address and keeps it; or measures what
// claims and reports cost where several processes share it.

const options = readOptions({
  /** How many processes of the third-party platform, as 1,2,3; none keeps the server. */
  processes: '',
  /** How many records the third-party platform already has; without `processes` their bytes and the purge of their month are measured. */
  records: '',
  connections: 24,
  requests: 1500,
  rounds: 2,
  port: 19300,
});
/** Until what was reported has been sent on. */
const REST_MS = 3000;
/** What a server at rest takes of a core at most, in microseconds a millisecond. */
const AT_REST = 50;
/** Its place among the parts. */
const POSTGRES = 1;
const LAST_MONTH = monthsFrom(monthOf(wallClockAt(Date.now())), -1);

const server = await startPostgres({ max_wal_size: '8GB', shared_buffers: '1GB', maintenance_work_mem: '512MB' });
if (options.processes !== '') await measure(wholeNumbers('processes', options.processes)).finally(() => server.stop());
else if (options.records !== '') await measurePurge(server.url, Number(options.records)).finally(() => server.stop());
else await keep();

async function keep(): Promise<void> {
  say(server.url);
  const running = setInterval(() => {}, 60_000);
  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
  clearInterval(running);
  await server.stop();
}

async function measure(counts: readonly number[]): Promise<void> {
  const { connections, requests, rounds, port } = options;
  const platforms = await startPlatforms({
    directory: workDirectory(),
    port,
    tickets: requests * (2 * counts.length * rounds + Math.max(...counts)),
    accounts: ACCOUNTS,
    server: server.url,
  });
  const { national, another, stop } = platforms;
  const maker = requestMaker(platforms);
  const services = [platforms.thirdParty];
  const control = new Client({ connectionString: server.url });
  await control.connect();
  const postmaster = await parentOf(control);
  const parts = () => [
    services.reduce((sum, { pid }) => sum + cpuOf(pid).all, 0),
    cpuWithChildren(postmaster),
    cpuOf(national.pid).all,
  ];

  /** CPU of each part in a millisecond at rest, in microseconds. */
  let idle = [0, 0, 0];
  async function restOf(ms: number): Promise<number[]> {
    const before = parts();
    await delay(ms);
    return parts().map((used, part) => (used - (before[part] ?? 0)) / ms);
  }

  async function walPosition(): Promise<number> {
    const { rows } = await control.query<{ bytes: string }>("select pg_current_wal_insert_lsn() - '0/0' as bytes");
    return Number(rows[0]?.bytes);
  }

  /** Sends requests to the first processes in equal shares; answers a second, and for one request the CPU of each part and the WAL. */
  async function run(processes: number, prepared: readonly Prepared[]): Promise<number[]> {
    const [wal, before, startedAt] = [await walPosition(), parts(), performance.now()];
    const each = Math.max(1, Math.round(connections / processes));
    const sharing = services.slice(0, processes).map((service, index) => {
      const share = prepared.filter((_, number) => number % processes === index);
      return closedLoop(service.target(), each, share);
    });
    const figures = await Promise.all(sharing);
    await delay(REST_MS);
    const [after, tookMs] = [parts(), performance.now() - startedAt];
    const answered = figures.reduce((sum, { byCode }) => sum + (byCode.get('ok') ?? 0), 0);
    if (answered < prepared.length) say(`  ${prepared.length - answered} of ${prepared.length} were refused`);
    const rate = figures.reduce((sum, { answersASecond }) => sum + answersASecond, 0);
    const used = after.map((used, part) => (used - (before[part] ?? 0) - (idle[part] ?? 0) * tookMs) / answered);
    return [rate, ((await walPosition()) - wal) / answered, ...used];
  }

  try {
    if (options.records !== '') {
      await fillMonth(platforms.thirdPartyDatabase, LAST_MONTH, Number(options.records));
      say('filled');
    }
    while (services.length < Math.max(...counts)) services.push(await another());
    // Each process until its code is compiled.
    for (const service of services) await closedLoop(service.target(), connections, maker.evening(requests));
    // Until the server has vacuumed, and jobs have counted, what was filled in.
    do idle = await restOf(2 * REST_MS);
    while ((idle[POSTGRES] ?? 0) > AT_REST);
    say(
      `${machine()}; ${connections} connections in all, generator here too; CPU in µs a request, without that at rest`,
    );
    const columns = ['answers/s', 'WAL, bytes', 'third-party', 'PostgreSQL', 'national', 'all'];
    const table = printTable({ '': 24, ...Object.fromEntries(columns.map((title) => [title, 11])) });
    for (let round = 0; round < rounds; round += 1) {
      for (const processes of counts) {
        for (const kind of ['claims', 'reports'] as const) {
          const prepared = kind === 'claims' ? maker.claims(requests) : maker.reports(requests, 1);
          const [rate = 0, walBytes = 0, ...used] = await run(processes, prepared);
          const all = used.reduce((sum, part) => sum + part, 0);
          const cells = [rate, walBytes, ...used, all].map((cell) => String(Math.round(cell)));
          table.row([`${kind}, ${processes} processes`, ...cells]);
        }
      }
    }
  } finally {
    await control.end();
    await stop();
  }
}

/** The process of the server itself: its sessions are children of it. */
async function parentOf(client: Client): Promise<number> {
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
  const stat = readFileSync(`/proc/${rows[0]?.pid}/stat`, 'utf8');
  return Number(stat.split(') ').at(-1)?.split(' ')[1]);
}
