import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

const READ_INPUT = 2;
/** A Modbus RTU frame that asks for one input or switches a relay. */
const FRAME_BYTES = 8;
/** A contact counts that stays for a tenth of a second. */
const PULSE_MS = 500;
const LONGEST_MS = 10_000;

/** A turnstile: what the terminal opens it by, and somebody who goes through. */
export type PlayedGate = { readonly driver: string; pass(): Promise<void>; close(): Promise<void> };

/** Plays a Modbus board whose input a sensor is wired to, behind a pseudo-terminal in `directory`, which `socat` makes. */
export async function playGate(directory: string): Promise<PlayedGate> {
  let isPassing = false;
  const lines = new Set<Socket>();
  const board = createServer((line) => {
    lines.add(line);
    let heard = Buffer.alloc(0);
    line.on('error', () => {});
    line.on('data', (bytes) => {
      heard = Buffer.concat([heard, bytes]);
      for (; heard.length >= FRAME_BYTES; heard = heard.subarray(FRAME_BYTES)) {
        const [unit = 0, command] = heard;
        const frame = heard.subarray(0, FRAME_BYTES);
        line.write(command === READ_INPUT ? withChecksum(unit, READ_INPUT, 1, isPassing ? 1 : 0) : Buffer.from(frame));
      }
    });
  });
  board.listen(0, '127.0.0.1');
  await once(board, 'listening');
  const port = join(directory, 'gate');
  const { port: at } = board.address() as AddressInfo;
  const joined = spawn('socat', [`PTY,raw,echo=0,link=${port}`, `TCP:127.0.0.1:${at}`], { stdio: 'ignore' });
  await once(joined, 'spawn');
  for (const until = Date.now() + LONGEST_MS; !existsSync(port); await wait(50)) {
    if (Date.now() > until) throw new Error('socat made no pseudo-terminal');
  }
  return {
    driver: `modbus:${port}@1#0,sensor=0,within=1`,
    async pass() {
      isPassing = true;
      await wait(PULSE_MS);
      isPassing = false;
    },
    async close() {
      joined.kill();
      for (const line of lines) line.destroy();
      board.close();
    },
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
