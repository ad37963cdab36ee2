import { readFile, writeFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { ExpectedError, printBytes } from '@ticket-check/runtime';
import type { Command } from 'commander';
import { loadBoxOffice } from './box-office.ts';
import { symbolMm } from './command-options.ts';
import { printSvg } from './printing/print-svg.ts';
import { type PrintedTicket, readTickets } from './printing/printed-ticket.ts';
import { printPng } from './printing/symbol-size.ts';
import { findTicket } from './sell.ts';

const STANDARD_STREAM = '-';

/** Adds `print` to a program that has the option `--state <file>`. */
export function addPrintCommand(program: Command): void {
  const command = program.command('print');
  command
    .description('Print tickets as SVG, or a symbol as PNG; - as a file is standard output')
    .argument('[film-ticket-code]', 'a ticket that was sold here')
    .option('--tickets <file>', 'tickets as sell prints them, one a line, instead; - is standard input')
    .option('--svg <file>', 'write them as SVG, one below the other')
    .option('--png <file>', 'write the symbol of one ticket as PNG, for 300 dots per inch')
    .option(
      '--size <mm>',
      'width of the symbol in SVG without its quiet zone (default: 3 dots a module at 300 dpi)',
      symbolMm,
    )
    .action(async (code: string | undefined, { tickets: file, svg, png, size }) => {
      if ((code === undefined) === (file === undefined))
        command.error('error: name one ticket, or a file with --tickets');
      if (svg === undefined && png === undefined) command.error('error: say what to write: --svg or --png');
      const tickets = await ticketsOf(program.opts<{ state: string }>().state, code, file);
      const [ticket] = tickets;
      if (png !== undefined && tickets.length > 1)
        throw new ExpectedError('A PNG file holds one symbol: name one ticket.');
      if (png !== undefined && ticket !== undefined) await write(png, await printPng(ticket.ticketInfoCode));
      if (svg !== undefined) await write(svg, Buffer.from(await printSvg(tickets, size)));
    });
}

async function ticketsOf(state: string, code: string | undefined, file: string): Promise<readonly PrintedTicket[]> {
  if (code !== undefined) return [findTicket(await loadBoxOffice(state), code)];
  if (file === STANDARD_STREAM) return readTickets(await text(process.stdin), 'standard input');
  const lines = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new ExpectedError(`The file ${file} cannot be read.`, { cause: error });
  });
  return readTickets(lines, file);
}

async function write(file: string, content: Buffer): Promise<void> {
  if (file === STANDARD_STREAM) return printBytes(Readable.from([content]));
  await writeFile(file, content).catch((error: unknown) => {
    throw new ExpectedError(`The file ${file} cannot be written.`, { cause: error });
  });
}
