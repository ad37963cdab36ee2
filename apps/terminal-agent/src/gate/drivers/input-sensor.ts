import { reasonOf } from '@ticket-check/runtime';
import type { PassageSensor } from '../gate-driver.ts';
import type { RelayPlan, SensorPlan } from './plan-drivers.ts';
import type { RelayPort } from './relay-port.ts';

/** A person walking through a light barrier interrupts it for at least a tenth of a second. */
const LOOK_EVERY_MS = 50;
/** A board that does not answer is polled less often, which leaves the line to commands. */
const LOOK_AGAIN_MS = 1000;
/** Noise garbles an answer now and then. */
const FAILURES = 3;

/** A sensor at an input of a relay board: each time the input turns on, a person went through. */
export type InputSensor = PassageSensor & {
  start(): void;
  stop(): Promise<void>;
  /** Why it cannot be read although its port is open; null if it can. */
  error(): string | null;
};

export function createInputSensor(
  { unit, withinMs, input }: Pick<RelayPlan, 'unit'> & SensorPlan,
  port: Pick<RelayPort, 'use' | 'state'>,
): InputSensor {
  let events: Parameters<PassageSensor['watch']>[0] = { passed() {}, blind() {} };
  /** null: the previous state is unknown. */
  let wasOn: boolean | null = null;
  let failures = 0;
  let error: string | null = null;
  let isStarted = false;
  let timer: NodeJS.Timeout | undefined;
  let looking: Promise<void> = Promise.resolve();

  function lookIn(ms: number): void {
    timer = setTimeout(() => {
      looking = look();
    }, ms);
  }

  async function look(): Promise<void> {
    try {
      const isOn = await port.use((board) => board.readInput({ unit, input }));
      if (isOn && wasOn === false) events.passed();
      [wasOn, failures, error] = [isOn, 0, null];
    } catch (cause) {
      failures += 1;
      if (failures >= FAILURES || !port.state().isOpen) {
        wasOn = null;
        error = `the sensor cannot be read: ${reasonOf(cause)}`;
        events.blind();
      }
    }
    if (isStarted) lookIn(failures < FAILURES ? LOOK_EVERY_MS : LOOK_AGAIN_MS);
  }

  return {
    withinMs,
    watch(given) {
      events = given;
    },
    start() {
      isStarted = true;
      lookIn(0);
    },
    async stop() {
      isStarted = false;
      clearTimeout(timer);
      await looking;
      [wasOn, failures, error] = [null, 0, null];
    },
    error: () => error,
  };
}
