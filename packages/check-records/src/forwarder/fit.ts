/** Bytes of one report's JSON: less than any platform takes, whatever the names of its records are written with. */
const MAX_BATCH_BYTES = 1_000_000;

/** The beginning of a batch that fits a request; at least one record, so that the peer refuses one that is too large. */
export function fit<T>(batch: readonly T[], bytesOf: (item: T) => number, most = MAX_BATCH_BYTES): T[] {
  let bytes = 0;
  const end = batch.findIndex((item, index) => {
    bytes += bytesOf(item) + 1;
    return index > 0 && bytes > most;
  });
  return batch.slice(0, end === -1 ? batch.length : end);
}
