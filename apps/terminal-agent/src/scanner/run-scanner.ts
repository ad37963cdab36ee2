import { createLogSampler, type Logger, pause, reasonOf } from '@ticket-check/runtime';
import PQueue from 'p-queue';
import { CLOSED, type Device, DeviceFault, ENABLED } from '../devices/run-devices.ts';
import type { ScannerClaim, ScannerDriver, ScannerOver } from './drivers/scanner-driver.ts';
import { createTimedLine, type Frame, type TimedLine } from './reading/frame-parser.ts';

export type Scanner = {
  readonly name: string;
  /** The gate of its scans; `null` for the usual one. */
  readonly gate: string | null;
  readonly driver: ScannerDriver;
};

/** More than guests can scan while a verdict is pending. */
const MAX_WAITING = 32;

/** Pauses between looks for a scanner, which double: one that is plugged in again is found within the longest. */
const LOOK_AGAIN_MS = { first: 250, longest: 4000 };

/**
 * Runs a scanner: claims it, hands over its texts one at a time, and looks for it again when it was lost.
 *
 * Texts that arrive while a verdict is pending wait in order. While 32 texts wait, the scanner is paused, so that nothing is lost.
 */
export function runScanner(
  { name, driver }: Scanner,
  options: {
    /** Makes one scan; the same text from the same scanner a moment later is the same read. */
    scan: (text: string, scanner: string) => Promise<object>;
    reading: (scanner: string) => void;
    logger: Pick<Logger, 'info' | 'warn' | 'error'>;
  },
): Device {
  const { scan, reading, logger } = options;
  const about = { scanner: name, driver: driver.driver, place: driver.place };
  let health = CLOSED;
  let claim: ScannerClaim | undefined;
  const lines = new Set<TimedLine>();
  let isPaused = false;
  const refusals = createLogSampler({ logger, summary: 'more connections to a scanner were refused' });

  /** Several devices may send to one scanner; each is another for scans. */
  const nameWith = (source?: string) => (source === undefined ? name : `${name}@${source}`);

  let latest: { readonly text: string; readonly scanner: string } | null = null;

  const reads = new PQueue({ concurrency: 1 });

  function hear({ text }: Frame, scanner: string): void {
    // A second event of a physical read that is not answered yet, unless each text gets its verdict.
    if (claim?.answer === undefined && latest?.text === text && latest.scanner === scanner) return;
    const read = { text, scanner };
    latest = read;
    // Rejects if it is dropped while it waits.
    reads.add(() => check(read)).catch(() => {});
    if (reads.size > MAX_WAITING && !isPaused) setPaused(true);
  }

  async function check(read: NonNullable<typeof latest>): Promise<void> {
    try {
      const verdict = await scan(read.text, read.scanner);
      claim?.answer?.(verdict);
    } catch (error) {
      logger.error({ err: error, ...about }, 'failed to check a read');
    }
    if (latest === read) latest = null;
    if (isPaused && reads.size < MAX_WAITING) setPaused(false);
  }

  function setPaused(isNow: boolean): void {
    isPaused = isNow;
    for (const line of lines) line.setPaused(isNow);
  }

  function fail(reason: string): void {
    const isNew = health.error !== reason;
    health = { ...CLOSED, error: reason };
    if (isNew) logger.error({ scanner: name, driver: driver.driver, reason }, 'scanner failed');
  }

  /** Claims the scanner until it is lost or `stopping` is aborted; returns why it ended, `null` if it could not be claimed. */
  async function claimOnce(stopping: AbortSignal): Promise<ScannerOver | null> {
    const { promise, resolve } = Promise.withResolvers<ScannerOver>();
    stopping.addEventListener('abort', () => resolve({ reason: null, isFinal: true }), { once: true });
    let isOver = false;
    try {
      claim = await driver.claim({
        line(stream, source) {
          const isHeard = () => !isOver && !stopping.aborted;
          const line = createTimedLine(
            stream,
            (frame) => isHeard() && hear(frame, nameWith(source)),
            () => isHeard() && reading(nameWith(source)),
          );
          lines.add(line);
          if (isPaused) line.setPaused(true);
          return {
            ...line,
            close() {
              line.close();
              lines.delete(line);
            },
          };
        },
        refused: (remoteAddress) =>
          refusals.note('foreign-address', remoteAddress, () =>
            logger.warn({ ...about, remoteAddress }, 'connection to a scanner refused'),
          ),
        over(what) {
          isOver = true;
          if (what.isUnheard) reads.clear();
          resolve(what);
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
  async function release({ reason, isFinal }: ScannerOver): Promise<void> {
    if (isFinal) await reads.onIdle();
    if (reason !== null) fail(reason);
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
        if (over.isFinal && over.reason !== null) return;
        if (over.isFinal) break;
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
    start() {
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
