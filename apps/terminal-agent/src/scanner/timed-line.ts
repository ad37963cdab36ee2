import type { ScannerLine } from './drivers/scanner-driver.ts';
import { createFrameParser, type Frame, type ScannerSuffix } from './reading/frame-parser.ts';

/** A line of a scanner on which silence ends texts, unless it is paused. */
export type TimedLine = ScannerLine & {
  pause(): void;
  resume(): void;
};

/** A timer that is later than this says that the process stood still: bytes may have come that nobody has fetched yet. */
const LATE_MS = 100;

const NOTHING = new Uint8Array();

/** Cuts what arrives on a line into what was read, and keeps time for it; says when a read has begun but is not complete. */
export function createTimedLine(
  suffix: ScannerSuffix,
  read: (frame: Frame) => void,
  began: () => void = () => {},
): TimedLine {
  const parser = createFrameParser(suffix);
  let timer: NodeJS.Timeout | undefined;
  let isPaused = false;

  function hand(frames: readonly Frame[]): void {
    for (const frame of frames) read(frame);
    wait();
  }

  function wait(): void {
    clearTimeout(timer);
    const due = parser.deadline();
    if (due !== null && !isPaused) waitFor(Math.max(0, due - performance.now()));
  }

  function waitFor(ms: number): void {
    const due = performance.now() + ms;
    timer = setTimeout(() => {
      if (performance.now() - due > LATE_MS) waitFor(ms);
      else hand(parser.silent());
    }, ms);
  }

  function take(bytes: Uint8Array): void {
    const wasWithin = parser.deadline() !== null;
    const frames = parser.push(bytes, performance.now());
    hand(frames);
    if (parser.deadline() !== null && (frames.length > 0 || !wasWithin)) began();
  }

  return {
    bytes: take,
    end: () => hand(parser.end()),
    pause() {
      isPaused = true;
      wait();
    },
    resume() {
      isPaused = false;
      // What waited where it comes from arrives now: silence begins anew.
      hand(parser.push(NOTHING, performance.now()));
    },
  };
}
