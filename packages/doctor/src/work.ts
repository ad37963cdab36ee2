/** Units of work for any text, which bound the time on any machine. A digest is one, and one more for each 1,000 characters. */
export const MOST_WORK = 22_000;
const BYTES_A_UNIT = 1000;
/** How much more it costs to print QueryData than to make a digest of it. */
const PRINTING = 2;
/** Passes over the text beyond that: its habits are tried however long it is. */
const PASSES = 20;

/** Counts what a search has done. */
export type Work = ReturnType<typeof createWork>;

export const createWork = (characters = 0) => {
  const most = MOST_WORK + PASSES * (characters / BYTES_A_UNIT);
  let done = 0;
  return {
    digested(digests: number, length: number): void {
      done += digests * (1 + length / BYTES_A_UNIT);
    },
    printed(length: number): void {
      done += PRINTING * (1 + length / BYTES_A_UNIT);
    },
    done: () => done,
    isSpent: (share = 1) => done > most * share,
  };
};
