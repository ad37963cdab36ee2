import type { ScannerLine } from './drivers/scanner-driver.ts';
import { createFrameParser, type Frame, type ScannerSuffix } from './reading/frame-parser.ts';

/** A line of a scanner on which silence ends texts unless it is paused. */
export type TimedLine = ScannerLine & {
  pause(): void;
  resume(): void;
};

/** A timer that is later than this means that the process was blocked: bytes may have arrived that were not read yet. */
const LATE_MS = 100;

const NOTHING = new Uint8Array();

/** Splits the bytes of a line into texts and measures silence; announces reads that have started but are not complete. */
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
      // Data that waited at the source arrive now, so silence is measured from here.
      hand(parser.push(NOTHING, performance.now()));
    },
  };
}
