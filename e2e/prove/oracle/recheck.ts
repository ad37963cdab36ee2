/** After how long the terminals of proofs ask again about an admission that was made without the platform, and for how long. */
export const RECHECK_EVERY_MS = 10_000;
export const RECHECKED_FOR_MS = 120_000;
export const RECHECK_SECONDS = Array(RECHECKED_FOR_MS / RECHECK_EVERY_MS)
  .fill(RECHECK_EVERY_MS / 1000)
  .join();
