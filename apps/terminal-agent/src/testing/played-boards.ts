import modbus from 'modbus-serial';
import { SerialPort } from 'serialport';
import { expect, onTestFinished } from 'vitest';

/** Opens the far end of a pseudo-terminal, for a device that handles what it receives as given; `heard` is what it has received. */
export async function playDevice(path: string, hears: (heard: Buffer, port: SerialPort) => void = () => {}) {
  const port = new SerialPort({ path, baudRate: 9600, autoOpen: false, lock: false });
  port.on('error', () => {});
  await new Promise<void>((resolve, reject) => port.open((error) => (error ? reject(error) : resolve())));
  const chunks: Buffer[] = [];
  port.on('data', (bytes: Buffer) => {
    chunks.push(bytes);
    hears(bytes, port);
  });
  onTestFinished(() => new Promise<void>((resolve) => (port.isOpen ? port.close(() => resolve()) : resolve())));
  return { heard: () => Buffer.concat(chunks) };
}

/** An LCUS board, with the commands to its channels in order. */
export async function playLcusBoard(path: string) {
  const device = await playDevice(path);
  return {
    /** `1 on`, `1 off` and so on; what is no command of such a board fails the test. */
    commands(): string[] {
      const told: string[] = [];
      const heard = device.heard();
      for (let at = 0; at + 4 <= heard.length; at += 4) {
        const [start = 0, channel = 0, command = 0, sum = 0] = heard.subarray(at, at + 4);
        expect([start, sum]).toEqual([0xa0, (start + channel + command) & 0xff]);
        expect(command).toBeLessThan(2);
        told.push(`${channel} ${command === 1 ? 'on' : 'off'}`);
      }
      return told;
    },
  };
}

/** A third-party Modbus board, with the commands to its coils and registers, and the state of its inputs. */
export async function playModbusBoard(path: string, unit = 1) {
  const told: string[] = [];
  const inputs = new Set<number>();
  let reads = 0;
  const board = {
    told,
    /** Switches an input on and off again, each long enough for a poll to see it. */
    async pulse(input: number): Promise<void> {
      for (const change of ['add', 'delete'] as const) {
        inputs[change](input);
        const before = reads;
        await expect.poll(() => reads).toBeGreaterThan(before + 1);
      }
    },
  };
  const tell = (what: string) => void told.push(what);
  const opened = Promise.withResolvers<void>();
  const server = new modbus.ServerSerial(
    {
      setCoil: (address: number, on: boolean) => tell(`coil ${address} ${on ? 'on' : 'off'}`),
      getDiscreteInput(address: number) {
        reads += 1;
        return inputs.has(address);
      },
      setRegister: (address: number, value: number) => tell(`register ${address} ${value}`),
    } as never,
    {
      path,
      baudRate: 9600,
      unitID: unit,
      openCallback: (error: Error | null) => (error ? opened.reject(error) : opened.resolve()),
    } as never,
  );
  server.on('error', () => {});
  server.on('socketError', () => {});
  await opened.promise;
  onTestFinished(() => new Promise<void>((resolve) => server.close(() => resolve())));
  return board;
}
