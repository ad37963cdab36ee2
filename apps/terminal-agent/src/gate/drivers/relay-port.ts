import { type Logger, reasonOf } from '@ticket-check/runtime';
import { serialFault } from '../../devices/device.ts';
import type { RelayBoard } from './relay-boards.ts';
import type { SerialLine } from './serial-line.ts';

/** A serial port with the relays of one or several gates. */
export type RelayPort = {
  /** Whether it is open, and why not. */
  state(): { readonly isOpen: boolean; readonly error: string | null };
  /** Keeps the port open, reopening it when it was lost, until the last gate leaves; calls `connected` each time. */
  join(connected: () => void): void;
  leave(connected: () => void): Promise<void>;
  /** Runs work on the boards, one at a time; rejects if the port is not open. */
  use<T>(work: (board: RelayBoard) => Promise<T>): Promise<T>;
};

/** Short, because the person who plugs the cable in again watches whether it works. */
const OPEN_AGAIN_MS = 1000;

export function createRelayPort(options: {
  path: string;
  open: () => Promise<SerialLine>;
  boardOn: (line: SerialLine) => RelayBoard;
  logger: Pick<Logger, 'info' | 'warn'>;
}): RelayPort {
  const { path, open, boardOn, logger } = options;
  const members = new Set<() => void>();
  let line: SerialLine | null = null;
  let board: RelayBoard | null = null;
  let error: string | null = null;
  let again: NodeJS.Timeout | undefined;
  let opening: Promise<void> | undefined;
  let turn: Promise<unknown> = Promise.resolve();

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
      opened = await open();
    } catch (cause) {
      return fails(`the port cannot be opened: ${serialFault(reasonOf(cause))}`);
    }
    if (error !== null) logger.info({ path }, 'gate port open again');
    [line, board, error] = [opened, boardOn(opened), null];
    void opened.closed.then(() => {
      if (line !== opened) return;
      [line, board] = [null, null];
      fails('the port was unplugged');
    });
    for (const connected of members) connected();
  }

  return {
    state: () => ({ isOpen: line !== null, error }),
    join(connected) {
      members.add(connected);
      if (line !== null) connected();
      else if (members.size === 1) connect();
    },
    async leave(connected) {
      members.delete(connected);
      if (members.size > 0) return;
      clearTimeout(again);
      await opening;
      clearTimeout(again);
      await turn;
      const left = line;
      [line, board, error] = [null, null, null];
      await left?.close();
    },
    use(work) {
      const used = turn.then(async () => {
        await opening;
        if (board === null) throw new Error(error ?? 'the port is not open');
        return work(board);
      });
      turn = used.catch(() => {});
      return used;
    },
  };
}
