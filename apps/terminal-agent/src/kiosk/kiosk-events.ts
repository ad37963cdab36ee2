import { EventEmitter } from 'node:events';
import { addSeconds } from '@ticket-check/protocol';
import { type EventStream, type Logger, reasonOf } from '@ticket-check/runtime';
import type { ScanEvent } from '../admission/scan-answer.ts';
import type { Core } from '../core.ts';
import type { Gates } from '../gate/gate.ts';
import { unpassedSince } from '../gate/passages.ts';
import type { OwnState } from '../state/own-state.ts';
import type { KioskStatus } from './screen/told.ts';

export type ScanFeed = ReturnType<typeof createScanFeed>;

/** Announces scans only after their answer, so that no verdict waits for subscribers. */
export function createScanFeed() {
  const scans = new EventEmitter().setMaxListeners(0);
  // Node gives the name `error` a meaning of its own, and a gate may have it.
  const topicOf = (gate: string) => `gate ${gate}`;
  return {
    tell: (gate: string, event: ScanEvent) => void setImmediate(() => scans.emit(topicOf(gate), event)),
    listen(gate: string, hear: (event: ScanEvent) => void) {
      scans.on(topicOf(gate), hear);
      return () => void scans.off(topicOf(gate), hear);
    },
  };
}

/** Reads what the kiosk page of each gate shows of the terminal. */
type ReadStatus = () => Promise<ReadonlyMap<string, KioskStatus>>;

/** After this time a missed guest is not expected to be at the gate. */
const MISSED_SECONDS = 180;

export type StatusParts = Core & {
  ownState: OwnState;
  enrolment: () => KioskStatus['enrolment'];
  gates: Gates;
  /** The gate of each scanner. */
  gateOf: ReadonlyMap<string, string>;
  settings: { readonly OFFLINE_POLICY: 'admit' | 'refuse' };
};

export function createReadStatus(parts: StatusParts): ReadStatus {
  const { store, ownState, enrolment, clock, gates, gateOf, settings } = parts;
  return async () => {
    const [{ state, hasUpstream, heardSecondsAgo }, missed] = await Promise.all([
      ownState(),
      unpassedSince(store.db, addSeconds(clock.now(), -MISSED_SECONDS)),
    ]);
    const line: KioskStatus['line'] = hasUpstream ? state.line : 'none';
    const at = clock.now();
    const ofTerminal = {
      ...{ at, line, clockTrusted: state.clockTrusted, waiting: state.waiting },
      enrolment: hasUpstream ? null : enrolment(),
      offlineSince: line !== 'down' || heardSecondsAgo === null ? null : addSeconds(at, -heardSecondsAgo),
      admitsOffline: settings.OFFLINE_POLICY === 'admit',
    };
    const statuses = state.gates.map(({ name: gate, outOfOrderSeconds }): [string, KioskStatus] => [
      gate,
      {
        ...ofTerminal,
        scanners: state.scanners
          .filter(({ name }) => gateOf.get(name) === gate)
          .map(({ name, enabled, error }) => ({ name, works: enabled && error === null })),
        gate: {
          hasHardware: !gates.named(gate).opensByAnswer,
          isOutOfOrder: outOfOrderSeconds !== null,
          isPassedUnadmitted: state.unadmitted.some((passed) => passed.gate === gate),
          missed: missed.filter((one) => one === gate).length,
        },
      },
    ]);
    return new Map(statuses);
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
};

/**
 * Event streams for kiosk pages: `scan` as soon as one is answered, and `status` when it changes. The status is read once a second
 * for all pages together, while there are any.
 */
export function createEventStreams(options: {
  feed: ScanFeed;
  readStatus: ReadStatus;
  /** Loads the files of the page: a page of another build loads itself again. */
  loadFiles: () => Promise<{ readonly build: string }>;
  logger: Logger;
}) {
  const { feed, readStatus, loadFiles, logger } = options;
  const streams = new Map<Stream, { text: string; at: number }>();
  let timer: ReturnType<typeof setInterval> | undefined;
  let isReading = false;
  let failure: string | null = null;

  const send = ({ connection }: Stream, event: string, data: object) =>
    connection.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);

  async function tellStatus(): Promise<void> {
    if (isReading) return;
    isReading = true;
    try {
      const [statuses, { build }] = await Promise.all([readStatus(), loadFiles()]);
      failure = null;
      for (const [stream, last] of streams) {
        const status = statuses.get(stream.gate);
        const text = JSON.stringify({ ...status, at: null });
        const now = performance.now();
        if (text === last.text && now - last.at < HEARTBEAT_MS) continue;
        if (!(await stream.isWelcome())) stream.connection.end();
        else send(stream, 'status', { build, ...status });
        Object.assign(last, { text, at: now });
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
    open(stream: Stream): void {
      const { gate, connection } = stream;
      streams.set(stream, { text: '', at: 0 });
      connection.write('retry: 1000\n\n');
      const stopListening = feed.listen(gate, (event) => send(stream, 'scan', event));
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

    close(): void {
      for (const { connection } of streams.keys()) connection.end();
    },
  };
}
