import { createLogSampler, type Logger, parseAddresses, pause, reasonOf } from '@ticket-check/runtime';
import PQueue from 'p-queue';
import { CLOSED, type Device, ENABLED } from '../devices/run-devices.ts';
import { hidDriver } from './drivers/hid.ts';
import { DeviceFault, type ScannerClaim, type ScannerDriver } from './drivers/scanner-driver.ts';
import { serialDriver } from './drivers/serial.ts';
import { isScannerInput, standardInputDriver } from './drivers/standard-input.ts';
import { tcpDriver } from './drivers/tcp.ts';
import { createTimedLine, type Frame, type ScannerSuffix, type TimedLine } from './reading/frame-parser.ts';
import { type PlannedScanner, placeName, type ScannerPlace } from './scanner-plan.ts';

/** A scanner of this terminal: its reads become scans. */
export type Scanner = Omit<Device, 'start'> & {
  /** The gate of its scans; `null` for the usual one. */
  readonly gate: string | null;
  /** Claims and enables it, and hands over its texts from then on, one at a time. */
  start(events: ScannerEvents): void | Promise<void>;
};

/** The events of a scanner. Names as in UnifiedPOS. */
export type ScannerEvents = {
  /** A read has started but is not complete. `source` as for `data`. */
  reading(source?: string): void;
  /**
   * A text was read. Returns its verdict in the form of `POST /scan`; the next text is handed over only after that.
   *
   * @param source the device that read it, if several may send to this scanner
   */
  data(text: string, source?: string): Promise<object>;
  /** It has failed, and reads nothing until it is repaired. */
  error(reason: string): void;
};

/**
 * Turns the texts of a scanner into scans.
 *
 * @param scan makes one scan at a gate; the same text from the same scanner a moment later is the same read
 */
export function attach(
  scanner: Scanner,
  options: {
    scan: (text: string, gate: string, scanner: string) => Promise<object>;
    reading: (at: { gate: string; scanner: string }) => void;
    usualGate: string;
    logger: Pick<Logger, 'error'>;
  },
): Device {
  const { name, driver } = scanner;
  const gate = scanner.gate ?? options.usualGate;
  const nameWith = (source?: string) => (source === undefined ? name : `${name}@${source}`);
  return {
    ...scanner,
    start: () =>
      scanner.start({
        reading: (source) => options.reading({ gate, scanner: nameWith(source) }),
        data: (text, source) => options.scan(text, gate, nameWith(source)),
        error: (reason) => options.logger.error({ scanner: name, driver, reason }, 'scanner failed'),
      }),
  };
}

/** More than guests can scan while a verdict is pending. */
const MAX_WAITING = 32;

/** Pauses between looks for a scanner, which double: one that is plugged in again is found within the longest. */
const LOOK_AGAIN_MS = { first: 250, longest: 4000 };

/** Why the agent does not have a scanner any longer: lost, or gone for good; a `reason` means a fault. */
type Over = { readonly reason: string | null; readonly isFinal: boolean };

/**
 * Runs a scanner: claims it, hands over its texts one at a time, and looks for it again when it was lost.
 *
 * Texts that arrive while a verdict is pending wait in order. While 32 texts wait, the scanner is paused, so that nothing is lost.
 */
export function createScanner(options: {
  name: string;
  gate: string | null;
  driver: ScannerDriver;
  suffix: ScannerSuffix;
  logger: Pick<Logger, 'info' | 'warn' | 'error'>;
}): Scanner {
  const { name, gate, driver, suffix, logger } = options;
  const about = { scanner: name, driver: driver.driver, place: driver.place };
  let health = CLOSED;
  let events: ScannerEvents | undefined;
  let claim: ScannerClaim | undefined;
  const lines = new Set<TimedLine>();
  let isPaused = false;
  const refusals = createLogSampler({ logger, summary: 'more connections to a scanner were refused' });

  /** The last read, until its verdict. */
  let latest: { readonly text: string; readonly source: string | undefined } | null = null;

  const reads = new PQueue({ concurrency: 1 });

  function hear({ text }: Frame, source: string | undefined): void {
    // A second event of a physical read that is not answered yet, unless each text gets its verdict.
    if (claim?.answer === undefined && latest?.text === text && latest.source === source) return;
    const read = { text, source };
    latest = read;
    // Rejects if it is dropped while it waits.
    reads.add(() => check(read)).catch(() => {});
    if (reads.size > MAX_WAITING && !isPaused) setPaused(true);
  }

  async function check(read: NonNullable<typeof latest>): Promise<void> {
    try {
      const verdict = await events?.data(read.text, read.source);
      if (verdict !== undefined) claim?.answer?.(verdict);
    } catch (error) {
      logger.error({ err: error, ...about }, 'failed to check a read');
    }
    if (latest === read) latest = null;
    if (isPaused && reads.size < MAX_WAITING) setPaused(false);
  }

  function setPaused(isNow: boolean): void {
    isPaused = isNow;
    if (isNow) claim?.pause();
    else claim?.resume();
    for (const line of lines) {
      if (isNow) line.pause();
      else line.resume();
    }
  }

  function fail(reason: string): void {
    const isNew = health.error !== reason;
    health = { ...CLOSED, error: reason };
    if (isNew) events?.error(reason);
  }

  /** Claims the scanner until it is lost or `stopping` is aborted; returns why it ended, `null` if it could not be claimed. */
  async function claimOnce(stopping: AbortSignal): Promise<Over | null> {
    const { promise, resolve } = Promise.withResolvers<Over>();
    stopping.addEventListener('abort', () => resolve({ reason: null, isFinal: true }), { once: true });
    let isOver = false;
    const over = (what: Over) => {
      isOver = true;
      resolve(what);
    };
    try {
      claim = await driver.claim({
        line(source) {
          const isHeard = () => !isOver && !stopping.aborted;
          const line = createTimedLine(
            suffix,
            (frame) => isHeard() && hear(frame, source),
            () => isHeard() && events?.reading(source),
          );
          lines.add(line);
          if (isPaused) line.pause();
          return line;
        },
        refused: (remoteAddress) =>
          refusals.note('foreign-address', remoteAddress, () =>
            logger.warn({ ...about, remoteAddress }, 'connection to a scanner refused'),
          ),
        lost: (reason) => over({ reason, isFinal: false }),
        ended: (reason) => over({ reason, isFinal: true }),
        unheard(reason) {
          reads.clear();
          over({ reason, isFinal: true });
        },
      });
    } catch (error) {
      fail(error instanceof DeviceFault ? error.message : `it could not be opened: ${reasonOf(error)}`);
      return null;
    }
    if (health.error !== null) logger.info(about, 'scanner works again');
    health = ENABLED;
    return promise;
  }

  /** Releases the scanner. Earlier reads are still checked. */
  async function release({ reason, isFinal }: Over): Promise<void> {
    if (!isFinal && reason !== null) fail(reason);
    else await reads.onIdle();
    const left = claim;
    claim = undefined;
    lines.clear();
    isPaused = false;
    await left
      ?.release()
      .catch((error: unknown) => logger.warn({ err: error, ...about }, 'failed to release a scanner'));
  }

  async function run(stopping: AbortSignal): Promise<void> {
    for (let tries = 0; !stopping.aborted; tries += 1) {
      const over = await claimOnce(stopping);
      if (over !== null) {
        tries = 0;
        await release(over);
        if (over.isFinal) {
          if (over.reason === null) health = CLOSED;
          else fail(over.reason);
          return;
        }
      }
      await pause(Math.min(LOOK_AGAIN_MS.first * 2 ** tries, LOOK_AGAIN_MS.longest), stopping);
    }
    health = CLOSED;
  }

  const stopping = new AbortController();
  let running: Promise<void> = Promise.resolve();
  return {
    name,
    driver: driver.driver,
    gate,
    start(given) {
      events = given;
      running = run(stopping.signal);
    },
    async stop() {
      stopping.abort();
      const discarded = reads.size;
      reads.clear();
      if (discarded > 0) logger.warn({ ...about, texts: discarded }, 'stopped with unchecked reads');
      await running;
      refusals.close();
      await reads.onIdle();
    },
    health: () => health,
  };
}

/** @param host the address that the agent itself listens on */
export function driverFor(place: ScannerPlace, host: string): ScannerDriver {
  switch (place.driver) {
    case 'stdin':
      return standardInputDriver({ isPermanent: true });
    case 'serial':
      return serialDriver(place);
    case 'hid':
      return hidDriver(place, placeName(place));
    case 'tcp':
      return tcpDriver({ host, port: place.port, from: parseAddresses(place.from.join(',')) });
  }
}

/** Creates the scanners of the settings. If SCANNERS names none, SCANNER decides whether standard input is one. */
export function plannedScanners(
  settings: {
    scannerPlan: readonly PlannedScanner[] | null;
    SCANNER: 'auto' | 'stdin' | 'none';
    SCANNER_SUFFIX: ScannerSuffix;
    HOST: string;
  },
  logger: Pick<Logger, 'info' | 'warn' | 'error'>,
): readonly Scanner[] {
  const { scannerPlan, SCANNER, SCANNER_SUFFIX: suffix, HOST } = settings;
  if (scannerPlan !== null) {
    return scannerPlan.map(({ name, place, gate }) =>
      createScanner({ name, gate, driver: driverFor(place, HOST), suffix, logger }),
    );
  }
  if (!isScannerInput(SCANNER)) return [];
  const driver = standardInputDriver({ isPermanent: SCANNER === 'stdin' });
  return [createScanner({ name: 'stdin', gate: null, driver, suffix, logger })];
}
