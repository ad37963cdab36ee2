import { setTimeout as delay } from 'node:timers/promises';

/** Something that an attacker does; answers in a word what came back, such as an ErrorCode. */
export interface Move {
  name: string;
  /** What must never come back. */
  never?: string;
  /** The only answers that may come back. */
  only?: RegExp;
  make(): Promise<string>;
}

export interface Attacker {
  name: string;
  moves: readonly Move[];
}

/** How often each move was made, by what came back. */
export type Answered = Map<string, Map<string, number>>;

const LONGEST_REST_MS = 120;

/**
 * Lets attackers act at the same time. Each makes its moves one after the other in random order, every one before any repeats,
 * and all make the same number. Counts the answers in `answered`.
 */
export async function attack(
  attackers: readonly Attacker[],
  { moves, chance, answered }: { moves: number; chance: () => number; answered: Answered },
): Promise<void> {
  const share = Math.ceil(moves / attackers.length);
  const act = async ({ name, moves: own }: Attacker) => {
    let next: Move[] = [];
    for (let made = 0; made < share; made += 1) {
      if (next.length === 0) next = shuffled(own, chance);
      const move = next.pop()!;
      const answer = await move.make().catch((error: unknown) => `no answer (${codeOf(error)})`);
      const title = `${name}: ${move.name}`;
      const answers = answered.get(title) ?? new Map<string, number>();
      answered.set(title, answers.set(answer, (answers.get(answer) ?? 0) + 1));
      await delay(chance() * LONGEST_REST_MS);
    }
  };
  await Promise.all(attackers.map(act));
}

const shuffled = <T>(all: readonly T[], chance: () => number): T[] =>
  all
    .map((one) => ({ one, place: chance() }))
    .sort((a, b) => a.place - b.place)
    .map(({ one }) => one);

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}

/** What was answered that must not be. */
export function* forbidden(attackers: readonly Attacker[], answered: Answered): Generator<string> {
  for (const { name, moves } of attackers) {
    for (const move of moves) {
      for (const [answer, times] of answered.get(`${name}: ${move.name}`) ?? []) {
        if (answer === move.never || move.only?.test(answer) === false)
          yield `${name}: ${move.name} was answered ${answer}, ${times} times`;
      }
    }
  }
}

/** A line for each move: how often it was made, and what came back. */
export const inWords = (answered: Answered): string[] =>
  [...answered]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([move, answers]) => `${move}: ${[...answers].map(([answer, times]) => `${times} × ${answer}`).join(', ')}`);
