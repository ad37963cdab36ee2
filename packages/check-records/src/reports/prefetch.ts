/** The same pages, the next of which is read while one is worked on: a database reads in a thread or process of its own. */
export async function* prefetch<T>(pages: AsyncGenerator<T, void>): AsyncGenerator<T, void> {
  let next = pages.next();
  try {
    for (;;) {
      const read = await next;
      if (read.done) return;
      next = pages.next();
      // Whoever takes it is told; where nobody does, it is no error of the process.
      next.catch(() => {});
      yield read.value;
    }
  } finally {
    await pages.return();
  }
}
