/** The command was called wrongly, or a file that it names is not usable. The message is for the person who called it. */
export class UsageError extends Error {}
