import type { Flash, RelayPlan } from '../gate-plan.ts';
import type { SerialLine } from './relay-port.ts';

/** A relay of the boards on a port, and the command by which its board keeps a time. */
type Relay = Pick<RelayPlan, 'unit' | 'relay' | 'flash'>;

/** The boards on one open port, in their own protocol. Rejects with an Error in words for staff. */
export type RelayBoard = {
  switch(relay: Relay, on: boolean): Promise<void>;
  /** Energises or releases a relay for a time that the board keeps. */
  flash(relay: Relay, on: boolean, ms: number): Promise<void>;
  /** Whether an input is on. Does not retry a garbled answer, since inputs are polled anyway. */
  readInput(at: { readonly unit: number; readonly input: number }): Promise<boolean>;
};

const START = 0xa0;

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

const READ_INPUTS = 2;
const WRITE_COIL = 5;
const WRITE_REGISTERS = 16;
/** Set in the function code of a refusal. */
const EXCEPTION = 0x80;

/** A board answers within some milliseconds; at 9600 baud the longest command and its answer take 25. */
const ANSWER_MS = 400;
const TRIES = 2;

/**
 * The boards on a Modbus RTU line. A command garbled by noise is sent twice, since switching a relay again changes nothing. Frames
 * are built here because Modbus clients cannot send the flash commands of these boards.
 */
export function modbusBoard(line: Pick<SerialLine, 'ask'>): RelayBoard {
  async function ask(unit: number, command: Uint8Array): Promise<void> {
    for (let tries = 1; ; tries += 1) {
      try {
        await askOnce(line, unit, command);
        return;
      } catch (error) {
        if (tries === TRIES || error instanceof Refused) throw error;
      }
    }
  }

  return {
    switch: ({ unit, relay }, on) => ask(unit, bytes16(WRITE_COIL, relay, on ? 0xff00 : 0)),
    async flash({ unit, relay, flash }, on, ms) {
      if (flash === null) throw new Error('this board keeps no time');
      await ask(unit, flashCommand(flash, relay, on, Math.ceil(ms / 100)));
    },
    async readInput({ unit, input }) {
      const [, , length, bits = 0] = await askOnce(line, unit, bytes16(READ_INPUTS, input, 1));
      if (length !== 1) throw new Error('the board answers nonsense');
      return (bits & 1) === 1;
    },
  };
}

/** The board understood and refused: asking again is useless. */
class Refused extends Error {}

async function askOnce(line: Pick<SerialLine, 'ask'>, unit: number, command: Uint8Array): Promise<Buffer> {
  // A write is answered by its first five bytes after the unit, eight bytes with the checksum; a read of one input by six.
  const whole = command[0] === READ_INPUTS ? 6 : 8;
  const lengthOf = (answer: Buffer) => (answer.length < 2 ? null : ((answer[1] ?? 0) & EXCEPTION) === 0 ? whole : 5);
  const answer = await line.ask(withChecksum(Uint8Array.of(unit, ...command)), { lengthOf, answerMs: ANSWER_MS });
  const isWhole = answer.readUInt16LE(answer.length - 2) === checksum(answer.subarray(0, -2));
  const [from, code = 0, reason] = answer;
  if (!isWhole || from !== unit || (code & ~EXCEPTION) !== command[0]) throw new Error('the board answers nonsense');
  if ((code & EXCEPTION) !== 0) throw new Refused(`the board refuses the command (exception ${reason})`);
  return answer;
}

/** @param tenths of a second */
function flashCommand(flash: Flash, relay: number, on: boolean, tenths: number): Uint8Array {
  // Waveshare: writes a coil whose address is the command and whose value is the time.
  if (flash === 'waveshare') return bytes16(WRITE_COIL, (on ? 0x02_00 : 0x04_00) + relay, tenths);
  // DAM: writes two of a relay's five registers; mode 4 energises it for a time, mode 2 releases it for a time.
  const registers = bytes16(WRITE_REGISTERS, 3 + 5 * relay, 2);
  return Uint8Array.of(...registers, 4, 0, on ? 4 : 2, tenths >> 8, tenths & 0xff);
}

const bytes16 = (code: number, address: number, value: number): Uint8Array =>
  Uint8Array.of(code, address >> 8, address & 0xff, value >> 8, value & 0xff);

function withChecksum(frame: Uint8Array): Uint8Array {
  const sum = checksum(frame);
  return Uint8Array.of(...frame, sum & 0xff, sum >> 8);
}

/** CRC-16 of Modbus. */
function checksum(bytes: Uint8Array): number {
  let sum = 0xffff;
  for (const byte of bytes) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit += 1) sum = (sum & 1) === 1 ? (sum >> 1) ^ 0xa001 : sum >> 1;
  }
  return sum;
}
