import { DeviceFault } from '../devices/run-devices.ts';
import type { ScannerLine } from '../scanner/drivers/scanner-driver.ts';
import type { Scanner } from '../scanner/run-scanner.ts';

/** A scanner whose device is the test: `send` sends bytes, `read` a whole text, which resolves with its verdict. */
export function playScanner(gate: string | null = null) {
  let line: ScannerLine | undefined;
  let lose = () => {};
  const answers: ((verdict: object) => void)[] = [];
  const played = {
    isIn: true,
    released: () => {},
    send: (text: string) => line?.bytes(Buffer.from(text)),
    read(text: string): Promise<object> {
      const { promise, resolve } = Promise.withResolvers<object>();
      answers.push(resolve);
      played.send(`${text}\r`);
      return promise;
    },
    unplug(): void {
      played.isIn = false;
      lose();
    },
  };
  const scanner: Scanner = {
    name: 'hand-held',
    gate,
    driver: {
      driver: 'test',
      place: 'here',
      async claim({ line: openLine, over }) {
        if (!played.isIn) throw new DeviceFault('it was unplugged');
        lose = () => over({ reason: 'it was unplugged', isFinal: false });
        line = openLine({ pause() {}, resume() {} });
        return {
          release: async () => played.released(),
          answer: (verdict) => answers.shift()?.(verdict),
        };
      },
    },
  };
  return Object.assign(played, { scanner });
}
