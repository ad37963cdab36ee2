import { writeFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { readBundle } from '@ticket-check/exchange';
import { parseCinemaCode, parseWallClock, ticketRowJson, type WallClock, wallClockAt } from '@ticket-check/protocol';
import { askHidden, createProgram, ExpectedError, printBytes } from '@ticket-check/runtime';
import type { Command } from 'commander';
import { type BoxOffice, createBoxOfficeFile, loadBoxOffice, saveBoxOffice, type Ticket } from './box-office.ts';
import { makeBoxOffice } from './cinema.ts';
import { addUkeyOptions, parsedBy, symbolMm, ukeyOf, wholeNumber } from './command-options.ts';
import { connectByBundle, feed } from './feed.ts';
import { printSvg } from './printing/print-svg.ts';
import { findTicket, refund, rotateUkey, sell, ukeyInUse } from './sell.ts';
import { addSession } from './sessions.ts';
import { unlockUkey } from './ukeys/pfx.ts';

/** The box office as a command line program. It asks for a password that the environment does not hold. */
export function createBoxOfficeProgram(
  env: Readonly<Record<string, string | undefined>>,
  now: () => number,
  ask = askHidden,
): Command {
  const program = createProgram(
    'box-office',
    "A stand-in for a cinema's ticketing system, on a state file that holds the cinema and its private keys.",
  ).option('--state <file>', 'the state file', '.data/box-office.json');
  const passwords = { env, ask };
  const state = () => program.opts<{ state: string }>().state;
  const clock = () => wallClockAt(now());

  /** All of the work is saved, or nothing where it fails. */
  async function change<T>(work: (boxOffice: BoxOffice) => T | Promise<T>): Promise<T> {
    const boxOffice = await loadBoxOffice(state());
    const result = await work(boxOffice);
    await saveBoxOffice(state(), boxOffice);
    return result;
  }

  addUkeyOptions(program.command('make'))
    .description('Make a cinema with a Ukey, screens, films and a first session')
    .option('--code <code>', 'its cinema code, 8 characters', parsedBy(parseCinemaCode))
    .option('--name <name>', 'its name')
    .option('--start <time>', 'start of the first session (default: in half an hour)', parsedBy(parseWallClock))
    .action(async ({ code, name, start, bits, pfx }) => {
      const boxOffice = makeBoxOffice({
        now: clock(),
        ukey: await ukeyOf({ bits, pfx }, clock(), passwords),
        ...(code && { cinemaCode: code }),
        ...(name && { cinemaName: name }),
      });
      addSession(boxOffice, { startTime: start ?? inHalfAnHour(now()) });
      await createBoxOfficeFile(state(), boxOffice);
      print(overview(boxOffice));
    });

  program
    .command('show')
    .description('Show the cinema, its screens, films and sessions')
    .action(async () => print(overview(await loadBoxOffice(state()))));

  program
    .command('session')
    .description('Add a session on the first screen that is free')
    .requiredOption('--start <time>', 'its start, as in 2026-11-24T19:30:00', parsedBy(parseWallClock))
    .action(async ({ start }) => print(await change((boxOffice) => addSession(boxOffice, { startTime: start }))));

  program
    .command('sell')
    .description('Sell tickets; each is printed as one line of JSON with its ticket info code')
    .option('--session <code>', 'the session (default: the one that was added last)')
    .option('--count <n>', 'how many tickets', wholeNumber(1, 100_000), 1)
    .option('--network', 'sold over the network instead of at the counter')
    .action(async ({ session, count, network }) => {
      const ticketType = network ? '网络售票' : '现场售票';
      const tickets = await change(async (boxOffice) => {
        await unlockUkey(ukeyInUse(boxOffice, clock()), passwords);
        const sessionCode = session ?? boxOffice.sessions.at(-1)?.sessionCode ?? '';
        const options = { now: clock(), sessionCode, ticketType } as const;
        return Array.from({ length: count }, () => sell(boxOffice, options));
      });
      for (const ticket of tickets) print(ticketJson(ticket));
    });

  program
    .command('refund')
    .description('Refund a ticket')
    .argument('<film-ticket-code>')
    .action(async (code: string) => print(await change((boxOffice) => refund(boxOffice, code, clock()))));

  addUkeyOptions(program.command('rotate'))
    .description('Replace the Ukey; tickets sold before keep their codes')
    .option('--start <time>', 'from when on it is used (default: now)', parsedBy(parseWallClock))
    .action(async ({ start, bits, pfx }) => {
      const startTime = start ?? clock();
      const ukey = await ukeyOf({ bits, pfx }, startTime, passwords);
      await change((boxOffice) => rotateUkey(boxOffice, ukey));
      print({ startTime });
    });

  program
    .command('print')
    .description('Print sold tickets as SVG, one below the other')
    .argument('<film-ticket-code...>')
    .requiredOption('--svg <file>', 'the file to write; - is standard output')
    .option('--size <mm>', 'width of the symbol without its quiet zone (default: 3 dots a module at 300 dpi)', symbolMm)
    .action(async (codes: string[], { svg: file, size }: { svg: string; size?: number }) => {
      const boxOffice = await loadBoxOffice(state());
      const svg = await printSvg(
        codes.map((code) => findTicket(boxOffice, code)),
        size,
      );
      if (file === '-') return printBytes(Readable.from([Buffer.from(svg)]));
      await writeFile(file, svg).catch((error: unknown) => {
        throw new ExpectedError(`The file ${file} cannot be written.`, { cause: error });
      });
    });

  program
    .command('feed')
    .description('Send new data to the national platform, as a data source')
    .argument('<bundle>', 'the bundle file, or - for standard input')
    .action(async (path: string) => {
      const boxOffice = await loadBoxOffice(state());
      const national = connectByBundle(await readBundle(path), now);
      try {
        print(await feed(boxOffice, national));
      } finally {
        await national.close();
        // What was delivered before a failure stays delivered.
        await saveBoxOffice(state(), boxOffice);
      }
    });
  return program;
}

/** On a full minute, as sessions begin. */
function inHalfAnHour(now: number): WallClock {
  return wallClockAt(Math.ceil(now / 60_000) * 60_000 + 30 * 60_000);
}

function overview({ cinema, screens, films, sessions, tickets, refunds, ukeys, fed }: BoxOffice) {
  const keys = ukeys.map(({ startTime }) => ({ startTime }));
  return { ...cinema, screens, films, sessions, ukeys: keys, tickets: tickets.length, refunds: refunds.length, fed };
}

function ticketJson(ticket: Ticket) {
  return { ...ticketRowJson(ticket), TicketInfoCode: ticket.ticketInfoCode };
}

function print(result: unknown): void {
  process.stdout.write(`${JSON.stringify(result)}\n`);
}
