/**
 * Returns a function that runs `work` once it has not been called for `quietMs`, at the latest `longestMs` after its first
 * call. Work that still waits when the process ends is not done.
 */
export function onceQuiet(
  work: () => void,
  { quietMs, longestMs }: { quietMs: number; longestMs: number },
): () => void {
  let timer: NodeJS.Timeout | undefined;
  let latest = Number.POSITIVE_INFINITY;

  function run(): void {
    timer = undefined;
    latest = Number.POSITIVE_INFINITY;
    work();
  }

  return () => {
    const now = performance.now();
    if (timer === undefined) latest = now + longestMs;
    clearTimeout(timer);
    timer = setTimeout(run, Math.max(0, Math.min(quietMs, latest - now))).unref();
  };
}
