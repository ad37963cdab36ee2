import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { startProgram } from '@ticket-check/runtime/testing';
import { onTestFinished, TestRunner } from 'vitest';

/** What the program in other-process-main.ts does when asked. */
export type Request =
  | { do: 'open'; url: string; encryptionKey: string }
  | { do: 'mark'; url: string; encryptionKey: string; first: number; count: number }
  | { do: 'hold'; url: string; encryptionKey: string }
  | { do: 'release' }
  | { do: 'own'; url: string; name: string; ownedMs: number }
  | { do: 'key'; path: string }
  | { do: 'serve'; dataDir: string };

const MAIN = fileURLToPath(new URL('./other-process-main.ts', import.meta.url));

/** A second operating system process that uses the same databases and files as the test. */
export class OtherProcess {
  readonly #program = startProgram(MAIN, [], {}, null);
  readonly #answers = createInterface({ input: this.#program.child.stdout })[Symbol.asyncIterator]();

  /** Starts one, which is killed at the end of the test that starts it. */
  static async start(): Promise<OtherProcess> {
    const other = new OtherProcess();
    if (TestRunner.getCurrentTest()) onTestFinished(() => other.kill());
    await other.#answer();
    return other;
  }

  ask(request: Request): Promise<string> {
    this.#program.child.stdin.write(`${JSON.stringify(request)}\n`);
    return this.#answer();
  }

  /** Ends it as a crash would. */
  async kill(): Promise<void> {
    await this.#program.kill('SIGKILL');
  }

  async #answer(): Promise<string> {
    const { value, done } = await this.#answers.next();
    if (done) throw new Error(`the other process ended: ${this.#program.output.stderr}`);
    return value;
  }
}
