import type { RelayPlan } from './plan-drivers.ts';

/** A relay of the boards on a port, and the command by which its board keeps a time. */
type Relay = Pick<RelayPlan, 'unit' | 'relay' | 'flash'>;

/** The boards on one open port, in their own protocol. Rejects with an Error in words for staff. */
export type RelayBoard = {
  /** Energises or releases a relay. */
  switch(relay: Relay, on: boolean): Promise<void>;
  /** Energises or releases a relay for a time that the board keeps. */
  flash(relay: Relay, on: boolean, ms: number): Promise<void>;
  /** Whether an input is on. Does not retry a garbled answer, since inputs are polled anyway. */
  readInput(at: { readonly unit: number; readonly input: number }): Promise<boolean>;
};
