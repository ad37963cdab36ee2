import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const MAIN = fileURLToPath(new URL('../../packages/conformance/src/main.ts', import.meta.url));

/** A case of the conformance kit and its result. */
type Row = { Id: string; Result: string; Reason: string };

/** Runs the conformance kit as anybody does; `json` is the file that its results go to. */
export async function runKit(json: string, ...args: string[]) {
  const running = promisify(execFile)(process.execPath, [MAIN, ...args, '--json', json], { maxBuffer: 1 << 26 });
  const { code, stdout } = await running.then(
    ({ stdout }) => ({ code: 0, stdout }),
    (error: { code: number; stdout: string }) => error,
  );
  const { Cases: rows } = JSON.parse(readFileSync(json, 'utf8')) as { Cases: Row[] };
  return { code, rows, stdout };
}
