import { setImmediate } from 'node:timers/promises';
import { createLogger } from '@ticket-check/runtime';
import { expect, it } from 'vitest';
import { DeviceFault } from '../devices/run-devices.ts';
import type { ScannerDriver } from './drivers/scanner-driver.ts';
import { runScanner } from './run-scanner.ts';

type Heard = Parameters<ScannerDriver['claim']>[0];

/** A code in form, with a number in it. */
const codeOf = (number: number) => `31012801${`${number}A`.padStart(171, 'Bx+9')}=`;

/** A scanner whose device is the test, with the events that the agent got and verdicts from the test. */
function makeScanner(tryToClaim: () => void = () => {}) {
  const device = { isPaused: false, claims: 0, heard: undefined as Heard | undefined };
  const driver: ScannerDriver = {
    driver: 'test',
    place: 'here',
    async claim(heard) {
      device.claims += 1;
      tryToClaim();
      device.heard = heard;
      return { async release() {} };
    },
  };
  const stream = {
    pause() {
      device.isPaused = true;
    },
    resume() {
      device.isPaused = false;
    },
  };
  const openLine = () => device.heard?.line(stream);
  const told = { readings: 0, texts: [] as string[], errors: [] as string[] };
  const verdicts: (() => void)[] = [];
  const logger = createLogger('test', 'error', { write: (line) => void told.errors.push(JSON.parse(line).reason) });
  const scanner = runScanner(
    { name: 'left', gate: null, driver },
    {
      reading() {
        told.readings += 1;
      },
      scan(text) {
        told.texts.push(text);
        const { promise, resolve } = Promise.withResolvers<object>();
        verdicts.push(() => resolve({}));
        return promise;
      },
      logger,
    },
  );
  scanner.start();
  /** Answers pending texts until `count` texts were handed over. */
  async function answerUntil(count: number): Promise<void> {
    await expect
      .poll(() => {
        for (const answer of verdicts.splice(0)) answer();
        return told.texts.length;
      })
      .toBe(count);
    for (const answer of verdicts.splice(0)) answer();
  }
  return { scanner, device, told, verdicts, answerUntil, openLine };
}

it('hands over one text after the other, in order, and pauses a scanner while 32 wait', async () => {
  const { scanner, device, told, verdicts, answerUntil, openLine } = makeScanner();
  await expect.poll(() => scanner.health().enabled).toBe(true);
  const codes = Array.from({ length: 50 }, (_, number) => codeOf(number));
  const line = openLine();
  line?.bytes(Buffer.from(codes.map((code) => `${code}\r`).join('')));
  expect(device.isPaused).toBe(true);
  expect(told.texts).toEqual(codes.slice(0, 1));

  verdicts.shift()?.();
  await expect.poll(() => told.texts).toEqual(codes.slice(0, 2));
  await answerUntil(50);
  expect(told.texts).toEqual(codes);
  await expect.poll(() => device.isPaused).toBe(false);
  await scanner.stop();
});

it('announces once that a text has started, if it does not arrive at once', async () => {
  const { scanner, told, answerUntil, openLine } = makeScanner();
  await expect.poll(() => scanner.health().enabled).toBe(true);
  const line = openLine();
  line?.bytes(Buffer.from(`${codeOf(1)}\r\n`));
  expect(told).toMatchObject({ readings: 0, texts: [codeOf(1)] });
  line?.bytes(Buffer.from(codeOf(2).slice(0, 64)));
  expect(told.readings).toBe(1);
  line?.bytes(Buffer.from(codeOf(2).slice(64)));
  line?.bytes(Buffer.from('\r'));
  line?.bytes(Buffer.from('\n'));
  expect(told.readings).toBe(1);
  // The end of one comes with the beginning of the next.
  line?.bytes(Buffer.from(codeOf(3)));
  line?.bytes(Buffer.from(`\r${codeOf(4).slice(0, 64)}`));
  expect(told.readings).toBe(3);
  line?.bytes(Buffer.from(`${codeOf(4).slice(64)}\r`));
  await answerUntil(4);
  await scanner.stop();
});

it('hands over a text once until its verdict, however often it arrives', async () => {
  const { scanner, told, answerUntil, openLine } = makeScanner();
  await expect.poll(() => scanner.health().enabled).toBe(true);
  const line = openLine();
  const sent = [1, 1, 2, 2, 1].map(codeOf);
  line?.bytes(Buffer.from(sent.map((code) => `${code}\r`).join('')));
  await answerUntil(3);
  expect(told.texts).toEqual([1, 2, 1].map(codeOf));
  await scanner.stop();
});

it('looks for a scanner until it is there, tells once what is wrong, and again after it was lost', async () => {
  let isThere = false;
  const { scanner, device, told } = makeScanner(() => {
    if (!isThere) throw new DeviceFault('it is not plugged in');
  });
  await expect.poll(() => device.claims).toBe(2);
  expect(scanner.health()).toEqual({ claimed: false, enabled: false, error: 'it is not plugged in' });
  isThere = true;
  await expect.poll(() => scanner.health()).toEqual({ claimed: true, enabled: true, error: null });

  device.heard?.over({ reason: 'it was unplugged', isFinal: false });
  await expect.poll(() => scanner.health().error).toBe('it was unplugged');
  await expect.poll(() => scanner.health().enabled).toBe(true);
  expect(told.errors).toEqual(['it is not plugged in', 'it was unplugged']);
  await scanner.stop();
  expect(scanner.health()).toEqual({ claimed: false, enabled: false, error: null });
});

it('checks the reads of a scanner that is gone for good before it shows why, and forgets connections that are over', async () => {
  const { scanner, device, told, answerUntil, openLine } = makeScanner();
  await expect.poll(() => scanner.health().enabled).toBe(true);
  let isOverPaused = false;
  const over = device.heard?.line({ pause: () => (isOverPaused = true), resume: () => {} });
  over?.bytes(Buffer.from(codeOf(0)));
  over?.close();
  expect(told.texts).toEqual([codeOf(0)]);
  const codes = Array.from({ length: 40 }, (_, number) => `${codeOf(number + 1)}\r`);
  openLine()?.bytes(Buffer.from(codes.join('')));
  expect(device.isPaused).toBe(true);
  expect(isOverPaused).toBe(false);

  device.heard?.over({ reason: 'the input ended', isFinal: true });
  await setImmediate();
  expect(scanner.health().error).toBeNull();
  await answerUntil(41);
  await expect.poll(() => told.errors).toEqual(['the input ended']);
  await scanner.stop();
});
