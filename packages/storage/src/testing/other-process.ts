import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface, type Interface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** What the program in other-process-main.ts does when asked. */
export type Request =
  | { do: 'open'; url: string; encryptionKey: string }
  | { do: 'mark'; url: string; encryptionKey: string; first: number; count: number }
  | { do: 'hold'; url: string; encryptionKey: string }
  | { do: 'release' }
  | { do: 'own'; url: string; name: string; ownedMs: number }
  | { do: 'key'; path: string }
  | { do: 'serve'; dataDir: string };

/** A second operating system process that uses the same databases and files as the test. */
export class OtherProcess {
  readonly #child: ChildProcess;
  readonly #answers: AsyncIterator<string>;

  private constructor(child: ChildProcess, lines: Interface) {
    this.#child = child;
    this.#answers = lines[Symbol.asyncIterator]();
  }

  static async start(): Promise<OtherProcess> {
    const program = fileURLToPath(new URL('./other-process-main.ts', import.meta.url));
    const child = spawn(process.execPath, [program], { stdio: ['pipe', 'pipe', 'inherit'] });
    const other = new OtherProcess(child, createInterface({ input: child.stdout }));
    await other.#answer();
    return other;
  }

  async ask(request: Request): Promise<string> {
    this.#child.stdin?.write(`${JSON.stringify(request)}\n`);
    return this.#answer();
  }

  /** Ends it as a crash would. */
  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exit = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await exit;
  }

  async #answer(): Promise<string> {
    const { value, done } = await this.#answers.next();
    if (done) throw new Error('the other process ended');
    return value;
  }
}
