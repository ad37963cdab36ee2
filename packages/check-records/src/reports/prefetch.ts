/** Reads the next page while the caller works on one: a database reads in a thread or process of its own. */
export async function* prefetch<T>(pages: AsyncGenerator<T, void>): AsyncGenerator<T, void> {
  let next = pages.next();
  try {
    for (;;) {
      const read = await next;
      if (read.done) return;
      next = pages.next();
      // The caller receives the failure; without a caller it must not end the process.
      next.catch(() => {});
      yield read.value;
    }
  } finally {
    await pages.return();
  }
}
