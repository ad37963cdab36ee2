import { spawn } from 'node:child_process';

/** Runs a program to its end and resolves to its standard output; rejects with its standard error when it fails. */
export function runToEnd(
  program: string,
  args: readonly string[],
  options: { env?: NodeJS.ProcessEnv; cwd?: string; input?: string } = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env: options.env, cwd: options.cwd, stdio: 'pipe' });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) return resolve(Buffer.concat(out).toString('utf8'));
      const said = Buffer.concat(err).toString('utf8').trim();
      reject(new Error(`${program} ${args.join(' ')} ended with ${code}: ${said}`));
    });
    child.stdin.on('error', () => {}); // a command that reads no input closes the pipe early
    child.stdin.end(options.input ?? '');
  });
}
