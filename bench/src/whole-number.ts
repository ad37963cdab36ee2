/** Reads an option of the command line; ends the process with 2 where it is no whole number above 0. */
export function wholeNumber(option: string, text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number > 0) return number;
  process.stderr.write(`--${option} takes whole numbers above 0, not ${JSON.stringify(text)}.\n`);
  process.exit(2);
}
