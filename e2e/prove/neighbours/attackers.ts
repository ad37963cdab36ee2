import { setTimeout as delay } from 'node:timers/promises';
import { shuffled } from '../world.ts';

/** Something that an attacker does; returns in a word what was answered, such as an ErrorCode. */
export interface Move {
  name: string;
  make(): Promise<string>;
  /** What must never be answered. */
  never?: string;
  /** The only answers that are allowed. */
  only?: RegExp;
}

export interface Attacker {
  name: string;
  moves: readonly Move[];
}

/** How often each move was made, by what was answered. */
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
      const answer = await move.make().catch((error: NodeJS.ErrnoException) => `no answer (${error.code ?? error})`);
      const title = `${name}: ${move.name}`;
      const answers = answered.get(title) ?? new Map<string, number>();
      answered.set(title, answers.set(answer, (answers.get(answer) ?? 0) + 1));
      await delay(chance() * LONGEST_REST_MS);
    }
  };
  await Promise.all(attackers.map(act));
}

/** What was answered that must not be. */
export const forbidden = (attackers: readonly Attacker[], answered: Answered): string[] =>
  attackers.flatMap(({ name, moves }) =>
    moves.flatMap((move) =>
      [...(answered.get(`${name}: ${move.name}`) ?? [])]
        .filter(([answer]) => answer === move.never || move.only?.test(answer) === false)
        .map(([answer, times]) => `${name}: ${move.name} was answered ${answer}, ${times} times`),
    ),
  );

/** A line for each move: how often it was made, and what was answered. */
export const inWords = (answered: Answered): string[] =>
  [...answered]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([move, answers]) => `${move}: ${[...answers].map(([answer, times]) => `${times} × ${answer}`).join(', ')}`);
