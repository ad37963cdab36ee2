import type { Platforms } from '../platforms.ts';
import type { Sender } from '../senders.ts';
import type { Filling, LargeStore } from './large-store.ts';
import type { Asked, Question } from './questions.ts';

/** The console of one of the platforms, and what goes on beside it. */
export type MeasuredConsole = {
  readonly role: 'third-party-platform' | 'national-platform';
  readonly filling: Filling;
  /** Of the token that asks, separated by commas. */
  readonly permissions: string;
  /** So many are sold for what goes on beside. */
  readonly tickets: number;
  /** Adds to both stores what is as old as the run, with the platforms started; answers sessions that may listen. */
  prepare(platforms: Platforms<'terminal'>, shape: LargeStore, env: Record<string, string>): Promise<string[]>;
  /** Who sends requests meanwhile, each named as in the table. */
  senders(platforms: Platforms<'terminal'>): Promise<readonly (readonly [name: string, sender: Sender])[]>;
  questions(asked: Asked): Question[];
  /** What pages listen to, the n-th of them to what it is answered. */
  listeners(shape: LargeStore): readonly (readonly [name: string, queryOf: (n: number) => string])[];
  /** What is asked beside pages that listen. */
  readonly besideListeners: readonly [name: string, path: string];
};
