/** Background work that runs until it is stopped, such as a recurring job. */
export type Job = {
  /** Resolves when what is under way is over. */
  stop(): Promise<unknown>;
};

/** A job and where it runs, which matters if several processes share their data. */
export type JobDefinition = {
  readonly name: string;
  /**
   * `in one process`: in any one at a time; another takes over when that one ends. The others know its work only through the
   * data. `everywhere`: in each, because it concerns the process itself, or divides its work itself.
   */
  readonly runs: 'everywhere' | 'in one process';
  /** Begins it; once more where it was stopped because another process had taken over. */
  start(): Job | Promise<Job>;
};
