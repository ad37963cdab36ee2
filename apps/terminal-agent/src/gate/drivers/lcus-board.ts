import type { RelayBoard } from './relay-board.ts';
import type { SerialLine } from './serial-line.ts';

const START = 0xa0;

/** A switching command of an LCUS board: start, channel, 1 or 0, and the sum of the three. */
function lcusFrame(channel: number, on: boolean): Uint8Array {
  const command = on ? 1 : 0;
  return Uint8Array.of(START, channel, command, (START + channel + command) & 0xff);
}

/**
 * LCUS boards take commands without an answer: success means only that the port took the bytes. Bytes from the board are ignored.
 */
export const lcusBoard = (line: Pick<SerialLine, 'send'>): RelayBoard => ({
  switch: ({ relay }, on) => line.send(lcusFrame(relay, on)),
  flash: async () => {
    throw new Error('an LCUS board keeps no time');
  },
  readInput: async () => {
    throw new Error('an LCUS board has no inputs');
  },
});
