/** Background work that runs until it is stopped, such as a recurring job. */
export type Job = {
  /** Resolves when what is under way is over. */
  stop(): Promise<unknown>;
};

/** A job with where it runs, which matters where several processes share their data. */
export type JobDefinition = {
  readonly name: string;
  /**
   * `in one process`: in one at a time, whichever it is; another takes over where that one ends. What the others must know of
   * its work is in the data. `everywhere`: in each, because it is about the process itself, or shares its work by itself.
   */
  readonly runs: 'everywhere' | 'in one process';
  /** Begins it; once more where it was stopped because another process had taken over. */
  start(): Job | Promise<Job>;
};
