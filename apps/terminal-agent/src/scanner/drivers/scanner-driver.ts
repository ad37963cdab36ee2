/** Reads one scanner. A new kind of scanner is a file with such a driver and a case in `scanner-plan.ts`. */
export type ScannerDriver = {
  readonly driver: string;
  /** Where it is, in words for people. */
  readonly place: string;
  /**
   * Claims the scanner and reads it until it is lost or released.
   *
   * @throws DeviceFault in words for people, or any other error.
   */
  claim(heard: HeardByScanner): Promise<ScannerClaim>;
};

type HeardByScanner = {
  /**
   * Opens a line on which texts arrive in sequence, out of a stream: while that is paused, what the scanner sends waits at its source.
   * A scanner with several connections has a line for each, named by its source, so that reads of two devices are never one
   * physical read.
   */
  line(stream: ScannerStream, source?: string): ScannerLine;
  refused(remoteAddress: string): void;
  over(over: ScannerOver): void;
};

export type ScannerStream = { pause(): unknown; resume(): unknown };

export type ScannerOver = {
  /** What is wrong, in words for people; null if nothing is. */
  readonly reason: string | null;
  /** Whether it is gone for good; otherwise it is looked for until it is found again. */
  readonly isFinal: boolean;
  /** Verdicts can no longer be delivered: drop reads that were not checked yet. */
  readonly isUnheard?: boolean;
};

export type ScannerLine = {
  bytes(bytes: Uint8Array): void;
  /** Ends the text, whatever its last byte: the report is over. */
  end(): void;
  /** Ends the text and forgets the line: its stream is over. */
  close(): void;
};

export type ScannerClaim = {
  /** Releases it; no events follow. */
  release(): Promise<void>;
  /** Sends the verdict on a text, if the scanner's side takes verdicts. Then each text gets one. */
  answer?(verdict: object): void;
};
