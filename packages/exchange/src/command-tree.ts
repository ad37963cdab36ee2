/** The part of a commander command that the builders here use, so that they fit any program made with commander. */
export type CommandTree = {
  command(nameAndArguments: string): CommandTree;
  description(text: string): CommandTree;
  option(flags: string, description: string): CommandTree;
  requiredOption(flags: string, description: string): CommandTree;
  action<A extends unknown[]>(run: (...args: A) => Promise<void>): CommandTree;
};

/** Ends a command as wrongly used; what commander gives to an action as its last argument. */
export type UsageErrors = { error(message: string, options: { exitCode: number }): never };

export const WRONG_USAGE = { exitCode: 2 };

export function printLine(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}
