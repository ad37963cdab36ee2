import { createLogSampler, type Logger, pause, reasonOf } from '@ticket-check/runtime';
import PQueue from 'p-queue';
import { CLOSED, type Device, ENABLED } from '../devices/run-devices.ts';
import { DeviceFault, type ScannerClaim, type ScannerDriver } from './drivers/scanner-driver.ts';
import { createTimedLine, type Frame, type ScannerSuffix, type TimedLine } from './reading/frame-parser.ts';
import { readScanText } from './reading/scan-text.ts';

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
  const { scan, reading, usualGate, logger } = options;
  const { name, driver, gate } = scanner;
  const at = (source?: string) => ({
    gate: gate ?? usualGate,
    scanner: source === undefined ? name : `${name}@${source}`,
  });
  const events: ScannerEvents = {
    reading: (source) => reading(at(source)),
    data(text, source) {
      const { gate: where, scanner: which } = at(source);
      return scan(text, where, which);
    },
    error: (reason) => logger.error({ scanner: name, driver, reason }, 'scanner failed'),
  };
  return {
    name,
    driver,
    start: () => scanner.start(events),
    stop: () => scanner.stop(),
    health: () => scanner.health(),
  };
}

/** More than guests can scan while a verdict is pending. */
const MAX_WAITING = 32;

/** A scanner that is plugged in again is found within the last of these. */
const LOOK_AGAIN_MS = [250, 500, 1000, 2000, 4000];

const FLOODS = 'it sends more than anybody can scan, and none of it is a ticket code';

/** Why the agent does not have a scanner any longer: lost, or gone for good; a `reason` means a fault. */
type Over = { readonly reason: string | null; readonly isFinal: boolean };

type Read = {
  readonly text: string;
  readonly source: string | undefined;
  /** How often it arrived before it was handed over. */
  times: number;
  isUnderWay: boolean;
};

/**
 * Runs a scanner: claims it, hands over its texts one at a time, and looks for it again when it was lost.
 *
 * Texts that arrive while a verdict is pending wait in order. When 32 texts wait, the scanner is paused, so that nothing is
 * lost; texts that are no ticket codes are then dropped and counted, unless each is answered: a scanner that keeps sending
 * noise must not delay the next guest.
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
  let thrownAway = 0;
  const refusals = createLogSampler({ logger, summary: 'more connections to a scanner were refused' });

  /** The last read, until it is answered. */
  let latest: Read | null = null;

  const reads = new PQueue({ concurrency: 1 });

  async function check(read: Read): Promise<void> {
    read.isUnderWay = true;
    await Promise.all(Array.from({ length: read.times }, () => handOver(read)));
    if (latest === read) latest = null;
    if (isPaused && reads.size < MAX_WAITING) setPaused(false);
    if (reads.size === 0) noteThrownAway();
  }

  async function handOver({ text, source }: Read): Promise<void> {
    try {
      const verdict = await events?.data(text, source);
      if (verdict !== undefined) claim?.answer?.(verdict);
    } catch (error) {
      logger.error({ err: error, ...about }, 'failed to check a read');
    }
  }

  function hear({ text }: Frame, source: string | undefined): void {
    const isAnswered = claim?.answer !== undefined;
    if (!isAnswered && latest?.text === text && latest.source === source) {
      // A second event of a read whose verdict is still pending: the debounce has to see it (reading C8).
      if (latest.isUnderWay) void handOver(latest);
      else latest.times += 1;
      return;
    }
    const isFull = reads.size >= MAX_WAITING;
    if (isFull && !isAnswered && readScanText(text).kind === 'unreadable') {
      thrownAway += 1;
      return;
    }
    latest = { text, source, times: 1, isUnderWay: false };
    const read = latest;
    // Rejects if it is dropped while it waits.
    reads.add(() => check(read)).catch(() => {});
    if (isFull && !isPaused) setPaused(true);
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

  function noteThrownAway(): void {
    if (thrownAway === 0) return;
    logger.warn({ ...about, texts: thrownAway }, `${FLOODS}: texts were thrown away`);
    thrownAway = 0;
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
    function over(what: Over): void {
      isOver = true;
      resolve(what);
    }
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
      const ms = LOOK_AGAIN_MS[Math.min(tries, LOOK_AGAIN_MS.length - 1)] ?? 0;
      await pause(ms, stopping);
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
