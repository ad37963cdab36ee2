import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { plugIn } from '@ticket-check/runtime/pseudo-terminal';

const READ_INPUT = 2;
/** A Modbus RTU frame that asks for one input or switches a relay. */
const FRAME_BYTES = 8;
/** A contact counts that stays for a tenth of a second. */
const PULSE_MS = 500;

/** A turnstile: what the terminal opens it by, and somebody who goes through. */
export type PlayedGate = { readonly driver: string; pass(): Promise<void>; close(): Promise<void> };

/** Plays a Modbus board whose input a sensor is wired to, at a serial port in `directory`. */
export async function playGate(directory: string): Promise<PlayedGate> {
  let isPassing = false;
  const port = join(directory, 'gate');
  const board = await plugIn(port);
  let heard = Buffer.alloc(0);
  board.on('data', (bytes) => {
    heard = Buffer.concat([heard, bytes]);
    for (; heard.length >= FRAME_BYTES; heard = heard.subarray(FRAME_BYTES)) {
      const [unit = 0, command] = heard;
      const frame = heard.subarray(0, FRAME_BYTES);
      board.write(command === READ_INPUT ? withChecksum(unit, READ_INPUT, 1, isPassing ? 1 : 0) : Buffer.from(frame));
    }
  });
  return {
    driver: `modbus:${port}@1#0,sensor=0,within=1`,
    async pass() {
      isPassing = true;
      await wait(PULSE_MS);
      isPassing = false;
    },
    close: () => board.unplug(),
  };
}

function withChecksum(...bytes: number[]): Buffer {
  let sum = 0xffff;
  for (const byte of bytes) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit += 1) sum = (sum & 1) === 1 ? (sum >> 1) ^ 0xa001 : sum >> 1;
  }
  return Buffer.from([...bytes, sum & 0xff, sum >> 8]);
}
