import { setTimeout as delay } from 'node:timers/promises';
import { pause, reasonOf } from '@ticket-check/runtime';
import PQueue from 'p-queue';
import type { GateDriver, PassageSensor } from '../gate-driver.ts';
import type { RelayPlan, SensorPlan } from '../gate-plan.ts';
import type { RelayPort } from './relay-port.ts';

/** Each guest gets a pulse: a gate that is still open for the previous guest is shut for this time first. */
const BETWEEN_MS = 100;
/** Pauses before shutting a gate is retried; they double, so that a silent board with several gates leaves the line to the others. */
const SHUT_AGAIN_MS = { first: 1000, longest: 15_000 };

/**
 * A gate that a relay opens. It is shut when the agent starts, when its port comes back and before the agent exits; shutting is
 * retried until the board has taken the command.
 */
export function createRelayGate(plan: RelayPlan, port: RelayPort): GateDriver {
  const { driver, openMs, opensOff, flash } = plan;
  const sensor = plan.sensor === null ? null : createInputSensor({ ...plan.sensor, unit: plan.unit }, port);
  let isStarted = false;
  /** Until when it is open; 0: shut, or possibly shut. */
  let openUntil = 0;
  /** Whether the board took the last command to shut it. */
  let isReady = false;
  let error: string | null = null;
  let closing: NodeJS.Timeout | undefined;
  let retryMs = SHUT_AGAIN_MS.first;
  const commands = new PQueue({ concurrency: 1 });

  const setGate = (open: boolean) => port.use((board) => board.switch(plan, open !== opensOff));

  function shutIn(ms: number): void {
    clearTimeout(closing);
    closing = setTimeout(() => void commands.add(shut), ms);
  }

  async function shut(): Promise<void> {
    clearTimeout(closing);
    if (!port.state().isOpen) return;
    try {
      await setGate(false);
      [openUntil, isReady, error, retryMs] = [0, true, null, SHUT_AGAIN_MS.first];
    } catch (cause) {
      [isReady, error] = [false, `it could not be shut: ${reasonOf(cause)}`];
      if (!isStarted) return;
      shutIn(retryMs);
      retryMs = Math.min(2 * retryMs, SHUT_AGAIN_MS.longest);
    }
  }

  async function open(): Promise<void> {
    clearTimeout(closing);
    try {
      if (openUntil > 0) {
        await setGate(false);
        await delay(BETWEEN_MS);
      }
      if (flash === null) await setGate(true);
      else await port.use((board) => board.flash(plan, !opensOff, openMs));
    } catch (cause) {
      // The board may have opened it although the answer was lost.
      shutIn(0);
      throw cause;
    }
    openUntil = performance.now() + openMs;
    shutIn(openMs);
  }

  const connected = () =>
    void commands.add(async () => {
      // Stay open for a guest who is still going through.
      if (performance.now() >= openUntil) await shut();
    });

  return {
    driver,
    opensByAnswer: false,
    sensor,
    start() {
      isStarted = true;
      port.join(connected);
      sensor?.start();
    },
    async stop() {
      isStarted = false;
      clearTimeout(closing);
      await commands.add(async () => {
        // Let the last admitted guest go through first.
        await delay(Math.max(0, openUntil - performance.now()));
        await shut();
      });
      await sensor?.stop();
      await port.leave(connected);
      [isReady, error] = [false, null];
    },
    health() {
      const { isOpen, error: portError } = port.state();
      return { claimed: isOpen, enabled: isOpen && isReady, error: portError ?? error ?? sensor?.error() ?? null };
    },
    open: () => commands.add(open),
  };
}

/** A person walking through a light barrier interrupts it for at least a tenth of a second. */
const LOOK_EVERY_MS = 50;
/** A board that does not answer is polled less often, which leaves the line to commands. */
const LOOK_AGAIN_MS = 1000;
/** Noise garbles an answer now and then. */
const FAILURES = 3;

/** A sensor at an input of a relay board: each time the input turns on, a person went through. */
function createInputSensor(
  { unit, withinMs, input }: Pick<RelayPlan, 'unit'> & SensorPlan,
  port: Pick<RelayPort, 'use' | 'state'>,
) {
  type Events = Parameters<PassageSensor['watch']>[0];
  let events: Events = { passed() {}, blind() {} };
  /** null: the previous state is unknown. */
  let wasOn: boolean | null = null;
  let failures = 0;
  let error: string | null = null;
  let stopping = new AbortController();
  let looking: Promise<void> = Promise.resolve();

  async function look(stopped: AbortSignal): Promise<void> {
    while (!stopped.aborted) {
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
      await pause(failures < FAILURES ? LOOK_EVERY_MS : LOOK_AGAIN_MS, stopped);
    }
  }

  return {
    withinMs,
    watch(given: Events) {
      events = given;
    },
    start() {
      stopping = new AbortController();
      looking = look(stopping.signal);
    },
    async stop() {
      stopping.abort();
      await looking;
      [wasOn, failures, error] = [null, 0, null];
    },
    /** Why it cannot be read although its port is open; null if it can. */
    error: () => error,
  };
}
