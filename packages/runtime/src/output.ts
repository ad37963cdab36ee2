/** Writes one line of a command's result to standard output. */
export function printResult(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Writes one line meant for a person to standard error, apart from results. */
export function printNotice(line: string): void {
  process.stderr.write(`${line}\n`);
}
