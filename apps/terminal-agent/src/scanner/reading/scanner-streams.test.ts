import { readFileSync } from 'node:fs';
import { readETicket } from '@ticket-check/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createFrameParser, type Frame, type FrameParser } from './frame-parser.ts';
import { readScanText } from './scan-text.ts';

type Chunk = { at: number; text?: string; hex?: string; times?: number };
type Read = { text: string; times?: number; endedBy: string; code?: string; eTicket?: string; fault?: string };
type Case = { name: string; chunks: Chunk[]; reads: Read[] };

const vectors = new URL('../../../../../vectors/scanner-streams.json', import.meta.url);
const cases: Case[] = JSON.parse(readFileSync(vectors, 'utf8')).cases;
const PIECE = 65_536;

function bytesOf({ text, hex = '', times = 1 }: Chunk): Buffer {
  const bytes = text === undefined ? Buffer.from(hex, 'hex') : Buffer.from(text);
  return Buffer.alloc(bytes.length * times, bytes);
}

/** Lets a chunk arrive, after the silence before it, as a stream hands it over: in pieces of at most 64 KiB. */
function arrive(parser: FrameParser, bytes: Buffer, at: number): Frame[] {
  const frames = silence(parser, at);
  for (let from = 0; from < bytes.length; from += PIECE) {
    frames.push(...parser.push(bytes.subarray(from, from + PIECE), at));
  }
  return frames;
}

function silence(parser: FrameParser, until: number): Frame[] {
  const due = parser.deadline();
  return due !== null && due <= until ? parser.silent() : [];
}

function framesOf({ chunks }: Pick<Case, 'chunks'>): Frame[] {
  const parser = createFrameParser();
  const frames = chunks.flatMap((chunk) => arrive(parser, bytesOf(chunk), chunk.at));
  return [...frames, ...silence(parser, Number.POSITIVE_INFINITY)];
}

const expected = ({ text, times = 1, endedBy }: Read) => ({ text: text.repeat(times), endedBy });
const found = ({ text, endedBy }: Pick<Frame, 'text' | 'endedBy'>) => ({ text, endedBy });

function readingOf({ code, eTicket, fault }: Read) {
  if (code !== undefined) return expect.objectContaining({ kind: 'code', code });
  if (eTicket === undefined) return { kind: 'unreadable', fault };
  return expect.objectContaining({ kind: 'e-ticket', eTicket: readETicket(eTicket) });
}

describe('what a scanner sends is cut into what it read', () => {
  it.each(cases.map((one) => [one.name, one] as const))('%s', (_name, one) => {
    const frames = framesOf(one);
    expect(frames.map(found)).toEqual(one.reads.map(expected));
    expect(frames.map(({ text }) => readScanText(text))).toEqual(one.reads.map(readingOf));
  });
});

it('loses none and doubles none of 10,000 reads, every shape after every other on one line', () => {
  const shapes = cases.filter(({ chunks }) => chunks.every(({ times = 1 }) => times === 1));
  const parser = createFrameParser();
  const [frames, reads]: [Frame[], Read[]] = [[], []];
  let now = 0;
  function send({ chunks, reads: next }: Case): void {
    for (const chunk of chunks) frames.push(...arrive(parser, bytesOf(chunk), now + chunk.at));
    reads.push(...next);
    now += (chunks.at(-1)?.at ?? 0) + 600;
  }
  while (reads.length < 10_000) {
    shapes.forEach((shape, index) => {
      for (const other of shapes.slice(index + 1)) {
        send(shape);
        send(other);
      }
    });
    // The one pair that is left: the first after the last.
    send(shapes[0]!);
  }
  frames.push(...silence(parser, now));
  expect(frames.map(found)).toEqual(reads.map(expected));
});

it('reads the same however what a suffix ends was cut into pieces, with pauses of less than half a second', () => {
  const ended = cases.filter(
    ({ reads, chunks }) =>
      // A pause after a whole code ends it, whatever is added to it later.
      reads.every(({ endedBy, fault }) => endedBy === 'suffix' && fault !== 'read-together') &&
      chunks.every(({ times = 1 }) => times === 1),
  );
  fc.assert(
    fc.property(
      fc.constantFrom(...ended),
      fc.array(fc.tuple(fc.integer({ min: 1, max: 200 }), fc.integer({ min: 0, max: 499 })), { minLength: 1 }),
      ({ chunks, reads }, cuts) => {
        const bytes = Buffer.concat(chunks.map(bytesOf));
        const pieces: Chunk[] = [];
        let [from, at] = [0, 0];
        for (let turn = 0; from < bytes.length; turn += 1) {
          const [size, pause] = cuts[turn % cuts.length]!;
          pieces.push({ at, hex: bytes.subarray(from, from + size).toString('hex') });
          from += size;
          at += pause;
        }
        const frames = framesOf({ chunks: pieces });
        expect(frames.map(({ text }) => text)).toEqual(reads.map(({ text }) => text));
      },
    ),
    { numRuns: 300, seed: 1 },
  );
});
