import { AsyncLocalStorage } from 'node:async_hooks';

type Output = { stdout: string; stderr: string };
type Write = (chunk: string | Uint8Array, ...rest: unknown[]) => boolean;

const current = new AsyncLocalStorage<Output>();
let listening = 0;
let stopListening = () => {};

/** Captures what a function writes to this process's standard output and error, and its result; nothing is printed. */
export async function outputOf<T>(act: () => Promise<T>): Promise<Output & { result: T }> {
  const output: Output = { stdout: '', stderr: '' };
  if (listening === 0) stopListening = listen();
  listening += 1;
  try {
    const result = await current.run(output, act);
    return { ...output, result };
  } finally {
    listening -= 1;
    if (listening === 0) stopListening();
  }
}

function listen(): () => void {
  const restore = (['stdout', 'stderr'] as const).map((name) => {
    const stream = process[name];
    const write = stream.write as Write;
    const instead: Write = (chunk, ...rest) => {
      const output = current.getStore();
      if (output === undefined) return write.call(stream, chunk, ...rest);
      output[name] += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString();
      const taken = rest.find((argument) => typeof argument === 'function');
      if (taken !== undefined) queueMicrotask(taken as () => void);
      return true;
    };
    stream.write = instead as typeof stream.write;
    return () => {
      stream.write = write as typeof stream.write;
    };
  });
  return () => {
    for (const undo of restore) undo();
  };
}
