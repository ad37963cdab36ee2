/**
 * Gathers the replies that become ready in one turn of the event loop and sends them in one go. Each reply wakes its
 * caller; on a busy machine, callers woken one by one take the processor from the requests that are still to be answered.
 */
export function sendTogether(): (send: () => void) => void {
  let ready: (() => void)[] = [];
  const flush = () => {
    const sends = ready;
    ready = [];
    for (const send of sends) send();
  };
  return (send) => {
    if (ready.push(send) === 1) setImmediate(flush);
  };
}
