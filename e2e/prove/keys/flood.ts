import { setTimeout as delay } from 'node:timers/promises';
import { parseWallClock } from '@ticket-check/protocol';
import { type BoxOffice, makeBoxOffice } from '@ticket-check/simulators/box-office';
import { ask, type Bundle, shanghaiTime } from '../../testing/client.ts';
import type { Door } from '../guests.ts';
import { sellMany } from '../sell-many.ts';

const AFTER_A_FAULT_MS = 50;

/** What those who flood a cinema with forged codes and questions for keys were answered. */
export interface Flooded {
  /** Verdicts on forged codes, with how often each was given. */
  readonly verdicts: ReadonlyMap<string, number>;
  /** Answers to GetPublicKeys by what they held: `keys`, or an ErrorCode. */
  readonly questions: ReadonlyMap<string, number>;
  /** The longest that a forged code waited for its verdict, in milliseconds. */
  readonly slowestMs: number;
  /** Requests that nobody answered. */
  readonly unanswered: number;
}

/** Well-formed codes of a cinema, made with a key that is not the cinema's. */
export function forgedCodes({ cinema }: BoxOffice, count: number): string[] {
  const now = parseWallClock(shanghaiTime());
  const stranger = makeBoxOffice({ now, cinemaCode: cinema.cinemaCode, cinemaName: cinema.cinemaName });
  return sellMany(stranger, count).map(({ ticketInfoCode }) => ticketInfoCode);
}

/**
 * Scans forged codes at each of these doors and asks for the cinema's keys under each of these accounts, each one again as
 * soon as it is answered, until `stop` is called.
 */
export function flood(options: {
  doors: readonly Door[];
  codes: readonly string[];
  askers: readonly Bundle[];
  cinemaCode: string;
}): { answers: Flooded; stop(): Promise<void> } {
  const { doors, codes, askers, cinemaCode } = options;
  const answers = {
    verdicts: new Map<string, number>(),
    questions: new Map<string, number>(),
    slowestMs: 0,
    unanswered: 0,
  };
  const count = (counts: Map<string, number>, answer: string) => counts.set(answer, (counts.get(answer) ?? 0) + 1);
  let stopped = false;
  let next = 0;

  async function untilStopped(once: () => Promise<void>): Promise<void> {
    while (!stopped) {
      try {
        await once();
      } catch {
        answers.unanswered += 1;
        await delay(AFTER_A_FAULT_MS);
      }
    }
  }

  const forging = doors.map((door) =>
    untilStopped(async () => {
      const from = performance.now();
      const { Verdict } = await door.scan(codes[next++ % codes.length]!);
      answers.slowestMs = Math.max(answers.slowestMs, performance.now() - from);
      count(answers.verdicts, Verdict);
    }),
  );
  const asking = askers.map((bundle) =>
    untilStopped(async () => {
      const { PublicKeys, ErrorCode } = await ask(bundle, 'GetPublicKeys', { CinemaCode: cinemaCode });
      count(answers.questions, PublicKeys === undefined ? `${ErrorCode}` : 'keys');
    }),
  );
  return {
    answers,
    async stop() {
      stopped = true;
      await Promise.all([...forging, ...asking]);
    },
  };
}
