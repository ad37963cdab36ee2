/**
 * A scanner or a gate of this terminal. The agent starts it once it listens and stops it before it ends. What is wrong with one
 * stops neither the agent nor another device: its health says so.
 */
export type Device = {
  readonly name: string;
  /** What drives it, as the settings name it. */
  readonly driver: string;
  /** Claims and enables the device. */
  start(): void | Promise<void>;
  /** Disables and releases it; resolves when what it was doing is over. */
  stop(): void | Promise<void>;
  health(): DeviceHealth;
};

/** The state of a device, in the words of UnifiedPOS. */
export type DeviceHealth = {
  /** The agent has it: its stream or port is open. */
  readonly claimed: boolean;
  /** It works: what it reads becomes scans, and it takes commands. */
  readonly enabled: boolean;
  /** What is wrong with it, for whoever has to mend it; `null` where nothing is. */
  readonly error: string | null;
};

export const CLOSED: DeviceHealth = { claimed: false, enabled: false, error: null };
export const ENABLED: DeviceHealth = { claimed: true, enabled: true, error: null };
