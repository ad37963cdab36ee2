import type { Ticket } from '../cinema.ts';
import type { Ask } from '../frame/catalog.ts';
import type { Pace } from '../frame/pace.ts';
import type { Stub } from '../stub/stub.ts';

/** A tested role that calls a platform, which the kit is. */
export type CallerWorld = {
  readonly ask: Ask;
  readonly stub: Stub;
  readonly pace: Pace;
  /** Has the tested role let a guest in, so that it makes a record; false if it lets nobody in. */
  enter(ticket: Ticket): Promise<boolean>;
  /** Does what may make the tested role ask for keys at once. */
  provokeKeys(): Promise<void>;
  /** Whether the keys that the stub gave before still count. */
  stillKnowsKeys(): Promise<boolean>;
};
