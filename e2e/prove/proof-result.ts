/** The result of one scenario: a line of the table that `prove` prints. */
export interface ProofResult {
  name: string;
  /** What was done, in a few words: `power cuts of all three services`. */
  tried: string;
  /** How often. */
  times: number;
  /** What was promised to a guest or a peer and is not there afterwards. */
  lost: number;
  /** Tickets that entered twice without both records saying so. */
  doubledUnflagged: number;
  /** The longest time from the end of a fault to full service, where the scenario has faults that end. */
  recoveryMs: number | null;
  /** Everything else that went against what is promised, a sentence each; empty where the proof holds. */
  failures: string[];
  /** Figures and limits of the run that the reader should know, a sentence each. */
  notes: string[];
  /** Begins the same run again, as far as the system's own timing allows. */
  seed: string;
}

/** A scenario before it begins. */
export const nothingYet = (scenario: Pick<ProofResult, 'name' | 'tried' | 'seed'>): ProofResult => ({
  ...scenario,
  times: 0,
  lost: 0,
  doubledUnflagged: 0,
  recoveryMs: null,
  failures: [],
  notes: [],
});

/** Notes that full service was back after so long. */
export function recovered(result: ProofResult, milliseconds: number): void {
  result.recoveryMs = Math.max(result.recoveryMs ?? 0, Math.round(milliseconds));
}

/** Says whether a scenario found nothing against what is promised. */
export const holds = ({ lost, doubledUnflagged, failures }: ProofResult): boolean =>
  lost === 0 && doubledUnflagged === 0 && failures.length === 0;
