import { type EventStream, type Logger, reasonOf } from '@ticket-check/runtime';
import type { ScanWatch } from '../scan/answer-scans.ts';
import type { ReadStatus } from './kiosk-status.ts';
import type { ScanEvent } from './screen/told.ts';

export type ScanFeed = ScanWatch & {
  /** Announces that a scanner has started to send a text. */
  reading(at: { gate: string; scanner: string }): void;
  /** Subscribes to the scans of a gate; returns the function that ends the subscription. */
  listen(gate: string, hear: (event: ScanEvent) => void): () => void;
};

/** Announces scans only after their answer, so that no verdict waits for subscribers. */
export function createScanFeed(): ScanFeed {
  const hearers = new Map<string, Set<(event: ScanEvent) => void>>();

  function tell(gate: string, event: ScanEvent): void {
    const listeners = hearers.get(gate);
    if (listeners === undefined) return;
    setImmediate(() => {
      for (const hear of listeners) hear(event);
    });
  }

  return {
    reading: ({ gate, scanner }) => tell(gate, { scanner, what: 'reading' }),
    began({ gate, scanner }) {
      tell(gate, { scanner, what: 'checking' });
      return (answer) =>
        tell(gate, answer === null ? { scanner, what: 'failed' } : { scanner, what: 'answered', answer });
    },
    listen(gate, hear) {
      const listeners = hearers.get(gate) ?? new Set();
      hearers.set(gate, listeners);
      listeners.add(hear);
      return () => {
        listeners.delete(hear);
        if (listeners.size === 0) hearers.delete(gate);
      };
    },
  };
}

/** One screen per gate, and some that staff opened. */
const MAX_STREAMS = 32;
const EVERY_MS = 1000;
/** How often the time is sent, which also shows that the agent is alive. */
const HEARTBEAT_MS = 4000;

type Stream = { readonly gate: string; write(event: string, data: object): void; last: string; toldAt: number };

type EventStreams = {
  isFull(): boolean;
  /** Sends the scans of a gate and the terminal's status until the connection ends. */
  open(gate: string, connection: EventStream): void;
  close(): void;
};

/**
 * Event streams for kiosk pages: `scan` as soon as one is answered, and `status` when it changes. The status is read once a second
 * for all pages together, while there are any.
 */
export function createEventStreams(options: {
  feed: ScanFeed;
  readStatus: ReadStatus;
  /** The build of the page's files. */
  readBuild: () => Promise<string>;
  logger: Logger;
}): EventStreams {
  const { feed, readStatus, readBuild, logger } = options;
  const streams = new Map<Stream, EventStream>();
  let timer: ReturnType<typeof setInterval> | undefined;
  let isReading = false;
  let failure: string | null = null;

  async function tellStatus(): Promise<void> {
    if (isReading) return;
    isReading = true;
    try {
      const [statusOf, build] = await Promise.all([readStatus(), readBuild()]);
      failure = null;
      for (const stream of streams.keys()) {
        const status = statusOf(stream.gate);
        if (status === null) continue;
        const { at, ...rest } = status;
        const text = JSON.stringify(rest);
        const now = performance.now();
        if (text === stream.last && now - stream.toldAt < HEARTBEAT_MS) continue;
        stream.last = text;
        stream.toldAt = now;
        stream.write('status', { build, ...status });
      }
    } catch (error) {
      // The pages show that they get no updates.
      if (failure !== reasonOf(error)) logger.error({ err: error }, 'failed to read the status for kiosk pages');
      failure = reasonOf(error);
    } finally {
      isReading = false;
    }
  }

  return {
    isFull: () => streams.size >= MAX_STREAMS,
    open(gate, connection) {
      const stream: Stream = {
        gate,
        last: '',
        toldAt: 0,
        write: (event, data) => connection.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`),
      };
      streams.set(stream, connection);
      connection.write('retry: 1000\n\n');
      const stopListening = feed.listen(gate, (event: ScanEvent) => stream.write('scan', event));
      connection.onClose(() => {
        stopListening();
        streams.delete(stream);
        if (streams.size > 0) return;
        clearInterval(timer);
        timer = undefined;
      });
      timer ??= setInterval(() => void tellStatus(), EVERY_MS);
      void tellStatus();
    },
    close() {
      for (const connection of streams.values()) connection.end();
    },
  };
}
