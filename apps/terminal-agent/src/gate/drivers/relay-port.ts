import { type Logger, untilAborted, within } from '@ticket-check/runtime';
import PQueue from 'p-queue';
import { openSerialPort } from '../../devices/run-devices.ts';
import type { RelayBoard } from './relay-boards.ts';

export type SerialLine = Awaited<ReturnType<typeof openSerialLine>>;

/** Sending a command takes some milliseconds. */
const SEND_MS = 500;

/** No answer is longer; bounds memory if a board never stops sending. */
const MAX_ANSWER = 260;

/** @throws Error in words for staff if the port does not exist or is in use. */
async function openSerialLine(path: string, baudRate: number) {
  const port = await openSerialPort(path, baudRate);
  const closed = new Promise<void>((resolve) => void port.once('close', resolve));
  const unplugged = new AbortController();
  void closed.then(() => unplugged.abort(new Error('the port was unplugged')));
  // Failures reject the call that meets them, and a broken port is closed.
  port.on('error', () => {});

  let heard = Buffer.alloc(0);
  let onHeard = () => {};
  // Without a reader, unplugging would be noticed only at the next command.
  port.on('data', (bytes: Buffer) => {
    heard = Buffer.concat([heard, bytes]).subarray(-MAX_ANSWER);
    onHeard();
  });

  async function send(bytes: Uint8Array): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<true>();
    const end = (error?: Error | null) => (error ? reject(error) : resolve(true));
    port.write(Buffer.from(bytes), (error) => (error ? reject(error) : port.drain(end)));
    if (!(await untilAborted(unplugged.signal, within(SEND_MS, promise)))) throw new Error('the port takes no bytes');
  }

  return {
    send,
    /**
     * Sends, and resolves with the board's answer.
     *
     * @param lengthOf length of an answer that begins like this; null: not known yet
     * @throws Error in words for staff if it is not complete after `answerMs`.
     */
    async ask(
      bytes: Uint8Array,
      { lengthOf, answerMs }: { lengthOf: (answer: Buffer) => number | null; answerMs: number },
    ): Promise<Buffer> {
      const { promise, resolve } = Promise.withResolvers<Buffer>();
      // Drop a late answer to an earlier question.
      heard = Buffer.alloc(0);
      onHeard = () => {
        const length = lengthOf(heard);
        if (length !== null && heard.length >= length) resolve(heard.subarray(0, length));
      };
      await send(bytes);
      const answer = await untilAborted(unplugged.signal, within(answerMs, promise));
      if (!answer) throw new Error('the board does not answer');
      return answer;
    },
    /** Resolves when the port is closed, by us or because it was unplugged. */
    closed,
    close: () => new Promise<void>((resolve) => (port.isOpen ? port.close(() => resolve()) : resolve())),
  };
}

/** Short, because the person who plugs the cable in again watches whether it works. */
const OPEN_AGAIN_MS = 1000;

export type RelayPort = ReturnType<typeof createRelayPort>;

export function createRelayPort(options: {
  path: string;
  baudRate: number;
  boardOn: (line: SerialLine) => RelayBoard;
  logger: Pick<Logger, 'info' | 'warn'>;
}) {
  const { path, baudRate, boardOn, logger } = options;
  const members = new Set<() => void>();
  let line: SerialLine | null = null;
  let error: string | null = null;
  let again: NodeJS.Timeout | undefined;
  let opening: Promise<void> | undefined;
  const uses = new PQueue({ concurrency: 1 });

  function fails(why: string): void {
    if (error !== why) logger.warn({ path, why }, 'gate port not open');
    error = why;
    if (members.size > 0) again = setTimeout(connect, OPEN_AGAIN_MS);
  }

  function connect(): void {
    opening = connectOnce();
  }

  async function connectOnce(): Promise<void> {
    let opened: SerialLine;
    try {
      opened = await openSerialLine(path, baudRate);
    } catch (cause) {
      return fails(`the port cannot be opened: ${(cause as Error).message}`);
    }
    if (error !== null) logger.info({ path }, 'gate port open again');
    [line, error] = [opened, null];
    void opened.closed.then(() => {
      if (line !== opened) return;
      line = null;
      fails('the port was unplugged');
    });
    for (const connected of members) connected();
  }

  return {
    state: () => ({ isOpen: line !== null, error }),
    /** Keeps the port open, reopening it when it was lost, until the last gate leaves; calls `connected` each time. */
    join(connected: () => void): void {
      members.add(connected);
      if (line !== null) connected();
      else if (members.size === 1) connect();
    },
    async leave(connected: () => void): Promise<void> {
      members.delete(connected);
      if (members.size > 0) return;
      clearTimeout(again);
      await opening;
      clearTimeout(again);
      await uses.onIdle();
      const left = line;
      [line, error] = [null, null];
      await left?.close();
    },
    /** Runs work on the boards, one at a time; rejects if the port is not open. */
    use<T>(work: (board: RelayBoard) => Promise<T>): Promise<T> {
      return uses.add(async () => {
        await opening;
        if (line === null) throw new Error(error ?? 'the port is not open');
        return work(boardOn(line));
      });
    },
  };
}
