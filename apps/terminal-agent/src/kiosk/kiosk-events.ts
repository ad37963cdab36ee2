import { EventEmitter } from 'node:events';
import { addSeconds } from '@ticket-check/protocol';
import { type EventStream, type Logger, reasonOf } from '@ticket-check/runtime';
import type { TerminalClock } from '../clock/terminal-clock.ts';
import { unpassedSince } from '../gate/passages.ts';
import type { ScanWatch } from '../scan/answer-scans.ts';
import type { OwnState } from '../state/own-state.ts';
import type { TerminalStore } from '../tables.ts';
import type { KioskStatus, ScanEvent } from './screen/told.ts';

export type ScanFeed = ScanWatch & {
  reading(at: { gate: string; scanner: string }): void;
  listen(gate: string, hear: (event: ScanEvent) => void): () => void;
};

/** Announces scans only after their answer, so that no verdict waits for subscribers. */
export function createScanFeed(): ScanFeed {
  const scans = new EventEmitter().setMaxListeners(0);
  // Node gives the name `error` a meaning of its own, and a gate may have it.
  const topicOf = (gate: string) => `gate ${gate}`;
  const tell = (gate: string, event: ScanEvent) => void setImmediate(() => scans.emit(topicOf(gate), event));
  return {
    reading: ({ gate, scanner }) => tell(gate, { scanner, what: 'reading' }),
    began({ gate, scanner }) {
      tell(gate, { scanner, what: 'checking' });
      return (answer, instead) => {
        if (instead !== undefined) tell(gate, { scanner, ...instead });
        else tell(gate, answer === null ? { scanner, what: 'failed' } : { scanner, what: 'answered', answer });
      };
    },
    listen(gate, hear) {
      scans.on(topicOf(gate), hear);
      return () => void scans.off(topicOf(gate), hear);
    },
  };
}

/** Reads the terminal's status for the kiosk page of a gate; null if there is no such gate. */
type ReadStatus = () => Promise<(gate: string) => KioskStatus | null>;

/** After this time a missed guest is not expected to be at the gate. */
const MISSED_SECONDS = 180;

export function createReadStatus(parts: {
  store: TerminalStore;
  ownState: OwnState;
  enrolment: () => KioskStatus['enrolment'];
  clock: Pick<TerminalClock, 'now'>;
  gateOf: ReadonlyMap<string, string>;
  hasHardware: (gate: string) => boolean;
  admitsOffline: boolean;
}): ReadStatus {
  const { store, ownState, enrolment, clock, gateOf, hasHardware, admitsOffline } = parts;
  return async () => {
    const [{ state, hasUpstream, heardSecondsAgo }, missed] = await Promise.all([
      ownState(),
      unpassedSince(store.db, addSeconds(clock.now(), -MISSED_SECONDS)),
    ]);
    const line = hasUpstream ? state.line : 'none';
    const at = clock.now();
    return (gate) => {
      const found = state.gates.find(({ name }) => name === gate);
      if (found === undefined) return null;
      return {
        at,
        clockTrusted: state.clockTrusted,
        line,
        enrolment: hasUpstream ? null : enrolment(),
        offlineSince: line !== 'down' || heardSecondsAgo === null ? null : addSeconds(at, -heardSecondsAgo),
        admitsOffline,
        waiting: state.waiting,
        scanners: state.scanners
          .filter(({ name }) => gateOf.get(name) === gate)
          .map(({ name, enabled, error }) => ({ name, works: enabled && error === null })),
        gate: {
          hasHardware: hasHardware(gate),
          isOutOfOrder: found.outOfOrderSeconds !== null,
          isPassedUnadmitted: state.unadmitted.some((passed) => passed.gate === gate),
          missed: missed.filter((one) => one === gate).length,
        },
      };
    };
  };
}

/** One screen per gate, and some that staff opened. */
const MAX_STREAMS = 32;
const EVERY_MS = 1000;
/** How often the time is sent, which also shows that the agent is alive. */
const HEARTBEAT_MS = 4000;

type Stream = {
  readonly gate: string;
  readonly connection: EventStream;
  readonly isWelcome: () => Promise<boolean>;
  readonly end: () => void;
  last: string;
  toldAt: number;
};

/**
 * Event streams for kiosk pages: `scan` as soon as one is answered, and `status` when it changes. The status is read once a second
 * for all pages together, while there are any.
 */
export function createEventStreams(options: {
  feed: ScanFeed;
  readStatus: ReadStatus;
  readBuild: () => Promise<string>;
  logger: Logger;
}) {
  const { feed, readStatus, readBuild, logger } = options;
  const streams = new Set<Stream>();
  let timer: ReturnType<typeof setInterval> | undefined;
  let isReading = false;
  let failure: string | null = null;

  const send = ({ connection }: Stream, event: string, data: object) =>
    connection.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);

  async function tellStatus(): Promise<void> {
    if (isReading) return;
    isReading = true;
    try {
      const [statusOf, build] = await Promise.all([readStatus(), readBuild()]);
      failure = null;
      for (const stream of streams) {
        const status = statusOf(stream.gate);
        if (status === null) continue;
        const { at, ...rest } = status;
        const text = JSON.stringify(rest);
        const now = performance.now();
        if (text === stream.last && now - stream.toldAt < HEARTBEAT_MS) continue;
        if (!(await stream.isWelcome())) stream.end();
        if (!streams.has(stream)) continue;
        [stream.last, stream.toldAt] = [text, now];
        send(stream, 'status', { build, ...status });
      }
    } catch (err) {
      // The pages show that they get no updates.
      if (failure !== reasonOf(err)) logger.error({ err }, 'failed to read the status for kiosk pages');
      failure = reasonOf(err);
    } finally {
      isReading = false;
    }
  }

  return {
    isFull: () => streams.size >= MAX_STREAMS,

    /** Sends the scans of a gate and the terminal's status until the connection ends, or a page is not welcome any more. */
    open(gate: string, connection: EventStream, isWelcome: Stream['isWelcome']): void {
      const end = () => {
        leave();
        connection.end();
      };
      const stream: Stream = { gate, connection, isWelcome, end, last: '', toldAt: 0 };
      streams.add(stream);
      connection.write('retry: 1000\n\n');
      const stopListening = feed.listen(gate, (event) => send(stream, 'scan', event));
      const leave = () => {
        stopListening();
        streams.delete(stream);
        if (streams.size > 0) return;
        clearInterval(timer);
        timer = undefined;
      };
      connection.onClose(leave);
      timer ??= setInterval(() => void tellStatus(), EVERY_MS);
      void tellStatus();
    },

    close(): void {
      for (const { end } of streams) end();
    },
  };
}
