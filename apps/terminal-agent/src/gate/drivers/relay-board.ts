import type { RelayPlan } from './plan-drivers.ts';

/** Which relay of the boards on a port, and the command that has its board keep a time. */
type Relay = Pick<RelayPlan, 'unit' | 'relay' | 'flash'>;

/** The boards on one open port, in their own language. What goes wrong rejects with an Error in words for staff. */
export type RelayBoard = {
  /** Pulls a relay, or lets it go. */
  switch(relay: Relay, on: boolean): Promise<void>;
  /** Has the board pull a relay, or let it go, for a time that it keeps itself. */
  flash(relay: Relay, on: boolean, ms: number): Promise<void>;
  /** Whether an input is on. Asked over and over, so that an answer which noise spoils is not asked for twice. */
  readInput(at: { readonly unit: number; readonly input: number }): Promise<boolean>;
};
