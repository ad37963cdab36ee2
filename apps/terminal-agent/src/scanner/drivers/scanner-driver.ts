/** What reads one scanner. A further kind of scanner is a further file with one of these, and its line in `driver-for.ts`. */
export type ScannerDriver = {
  /** What drives it, as the settings name it. */
  readonly driver: string;
  /** Where it is, as people name it. */
  readonly place: string;
  /**
   * Takes the scanner for itself and reads it until it is lost or released.
   *
   * @throws DeviceFault saying in words for people what is wrong, or whatever else is.
   */
  claim(heard: HeardByScanner): Promise<ScannerClaim>;
};

/** What a driver tells of its scanner. */
type HeardByScanner = {
  /**
   * Opens a line on which texts arrive one after the other. A scanner that sends over several connections has one for each,
   * named by where it comes from, so that what two devices read is never one physical read.
   */
  line(source?: string): ScannerLine;
  /** Somebody connected from an address that is none of the scanner's. */
  refused(remoteAddress: string): void;
  /** The scanner is gone; it is looked for until it is found again. */
  lost(reason: string): void;
  /** The scanner is gone for good, and that is an error where a reason is given. */
  ended(reason: string | null): void;
  /** Nobody hears verdicts any more: what was read and not yet checked must not be. Otherwise as `ended`. */
  unheard(reason: string): void;
};

export type ScannerLine = {
  bytes(bytes: Uint8Array): void;
  /** What has come is a whole text, whatever its last byte: the report or the connection is over. */
  end(): void;
};

/** A scanner that the agent has for itself. */
export type ScannerClaim = {
  /** Reads nothing more until `resume`: what the scanner sends meanwhile waits where it comes from. */
  pause(): void;
  resume(): void;
  /** Gives it free; nothing is told of it any more. */
  release(): Promise<void>;
  /** Tells the verdict on each text, where the scanner's side listens for it. Then each text gets one. */
  answer?(verdict: object): void;
};

/** What is wrong with a scanner, in words for people that `terminal-state` has in Chinese too. */
export class DeviceFault extends Error {}
