import { ExpectedError, printNotice } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';

/** What a command destroys; the user confirms by typing its name. Scheme 5.3.2.3. */
export type Destruction<DB> = {
  readonly name: string;
  readonly yes: boolean | undefined;
  /**
   * Without a terminal `--yes` is required, because the arguments do not name everything that is affected. With
   * `to-do-more-than-say`, only for `confirm`, a missing `--yes` is no failure: the command was asked what would happen.
   */
  readonly needsYes?: boolean | 'to-do-more-than-say';
  /** What will happen, and to how many, in whole sentences; null if there is nothing of this name. */
  readonly says: (store: Store<DB>) => Promise<string | null>;
};

/** The option, and what it does, of every command that asks for the name that it was given. */
export const YES = ['--yes', 'do it without asking for the name'] as const;

/**
 * Prints what will happen, and asks for the name to be typed; without a terminal, a script has named it in its arguments.
 * Returns whether it is to be done.
 * @throws ExpectedError if something else was typed, or nobody can be asked although it `needsYes`
 */
export async function confirmByName(
  { name, yes, needsYes }: Pick<Destruction<never>, 'name' | 'yes' | 'needsYes'>,
  sentences: string,
  ask: (question: string) => Promise<string | null>,
): Promise<boolean> {
  printNotice(sentences);
  if (yes) return true;
  const typed = await ask(`Type ${name} to go on: `);
  if (typed === null) {
    if (!needsYes) return true;
    if (needsYes === 'to-do-more-than-say') {
      printNotice('Nothing was done: run the command again with --yes to do it.');
      return false;
    }
    throw new ExpectedError(
      'Nothing was done: there is no terminal to confirm it at. A script confirms it with --yes.',
    );
  }
  if (typed.trim() !== name) throw new ExpectedError(`Nothing was done: what was typed is not ${name}.`);
  return true;
}
