import { once } from 'node:events';
import { ExpectedError, printNotice, printResult, reasonOf } from '@ticket-check/runtime';
import { type Command, InvalidArgumentError } from 'commander';
import { DeviceFault } from '../devices/run-devices.ts';
import type { ScannerOver, ScannerStream } from './drivers/scanner-driver.ts';
import { standardInputDriver } from './drivers/standard-input.ts';
import { createTimedLine, type Frame, LONGEST_TEXT } from './reading/frame-parser.ts';
import { withoutScannerPrefix } from './reading/joined-reads.ts';
import { readScanText } from './reading/scan-text.ts';
import { SCANNER_FAULTS } from './reading/scanner-faults.ts';
import type { Scanner } from './run-scanner.ts';

const PER_ROW = 16;

function byteRows(bytes: Uint8Array): string[] {
  return Array.from({ length: Math.ceil(bytes.length / PER_ROW) }, (_, row) => {
    const some = [...bytes.subarray(row * PER_ROW, (row + 1) * PER_ROW)];
    const hex = some.map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
    const text = some.map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.')).join('');
    return `${hex.padEnd(PER_ROW * 3 - 1)}  ${text}`;
  });
}

const ENDS: Readonly<Record<Frame['endedBy'], string>> = {
  suffix: 'ended by its suffix',
  length: 'ended by its length',
  silence: 'ended by silence',
  end: 'ended by its report or connection',
};

const NO_SUFFIX = 'No suffix came: set it to send Enter (CR) or Tab after each code, so that a code ends at once.';

export function adviceOnRead(frame: Frame): { found: string; todo: string[] } {
  const { text, endedBy } = frame;
  const reading = readScanText(text);
  const todo: string[] = [];
  if (Buffer.byteLength(text) >= LONGEST_TEXT)
    todo.push('It sends without an end: this is no scanner, or it is broken.');
  if (reading.kind === 'unreadable') todo.push(SCANNER_FAULTS[reading.fault].en);
  if (endedBy === 'length' || endedBy === 'silence') todo.push(NO_SUFFIX);
  if (reading.kind !== 'unreadable' && withoutScannerPrefix(text) !== text) {
    todo.push('It puts an identifier of the symbology or character set before the code, which is removed.');
  }
  const what =
    reading.kind === 'unreadable'
      ? 'no ticket code'
      : `${reading.kind === 'code' ? 'a ticket code' : `an e-ticket of ${reading.eTicket.host}`} of cinema ${reading.cinemaCode}`;
  return { found: `${what}, ${text.length} characters, ${ENDS[endedBy]}`, todo };
}

const TYPED: readonly Scanner[] = [{ name: 'stdin', gate: null, driver: standardInputDriver({ isPermanent: true }) }];

/** Adds `scanner test`, which shows what a scanner sends and says how to set it. Nothing is scanned. Reading T8. */
export function scannerTestCommand(program: Command, settings: () => { scannerPlan: readonly Scanner[] }): void {
  program
    .command('scanner')
    .description("try this terminal's scanners")
    .command('test')
    .argument('[name]', 'one of SCANNERS, if there are several')
    .description('show the bytes that a scanner sends; checks no ticket')
    .option('--reads <count>', 'end after this many reads', readCount)
    .action(async (name: string | undefined, { reads = Number.POSITIVE_INFINITY }: { reads?: number }) => {
      const { scannerPlan } = settings();
      await showReads(chooseScanner(scannerPlan.length === 0 ? TYPED : scannerPlan, name), reads);
    });
}

function chooseScanner(scanners: readonly Scanner[], name: string | undefined): Scanner {
  const names = scanners.map((scanner) => scanner.name).join(', ');
  const [first] = name === undefined ? scanners : scanners.filter((scanner) => scanner.name === name);
  if (first === undefined) throw new ExpectedError(`${name} is none of the scanners ${names}.`);
  if (name === undefined && scanners.length > 1) throw new ExpectedError(`Say which scanner to test: ${names}.`);
  return first;
}

/** Prints reads until their number is reached, the scanner is gone, or the command is interrupted. */
async function showReads({ name, driver }: Scanner, reads: number): Promise<void> {
  const { promise: over, resolve: end } = Promise.withResolvers<string | null>();
  const interrupted = new AbortController();
  const startedAt = performance.now();
  let count = 0;

  function openLine(stream: ScannerStream, source?: string) {
    const line = createTimedLine(stream, (frame) => {
      count += 1;
      const { found, todo } = adviceOnRead(frame);
      printResult(`Read ${count}${source === undefined ? '' : ` from ${source}`}: ${found}.`);
      for (const advice of todo) printResult(`  ${advice}`);
      if (todo.length === 0) printResult('  Nothing is wrong with it.');
      if (count >= reads) end(null);
    });
    return {
      ...line,
      bytes(bytes: Uint8Array) {
        const ms = `${Math.round(performance.now() - startedAt)} ms`;
        for (const [row, text] of byteRows(bytes).entries())
          printResult(`${(row === 0 ? ms : '').padStart(10)}  ${text}`);
        line.bytes(bytes);
      },
    };
  }

  const refused = (address: string) =>
    printNotice(`A connection from ${address} was refused: no from= of ${name} holds this address.`);
  const heard = { line: openLine, refused, over: ({ reason }: ScannerOver) => end(reason) };
  const claim = await driver.claim(heard).catch((error: unknown) => {
    const reason = error instanceof DeviceFault ? error.message : `it could not be opened: ${reasonOf(error)}`;
    throw new ExpectedError(
      `${name} (${driver.place}): ${reason}. A running terminal agent claims its scanners: stop it while you test.`,
      { cause: error },
    );
  });
  printNotice(`Scan something with ${name} (${driver.place}); Ctrl-C ends. No ticket is checked.`);
  for (const signal of ['SIGINT', 'SIGTERM']) {
    once(process, signal, { signal: interrupted.signal }).then(
      () => end(null),
      () => {},
    );
  }
  try {
    const reason = await over;
    if (reason !== null) throw new ExpectedError(`${name} (${driver.place}): ${reason}.`);
  } finally {
    interrupted.abort();
    await claim.release();
  }
}

function readCount(text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new InvalidArgumentError('It must be a whole number from 1 up.');
  return Number(text);
}
