/** The log cannot be continued or proved, because somebody changed the database. The message is for its user. */
export class LogChangedError extends Error {
  override readonly name = 'LogChangedError';
  readonly expected = true;

  /** @param found what was found, as the beginning of a sentence */
  constructor(found: string) {
    super(`${found}: somebody changed the database. \`audit verify\` names the first entry that does not fit.`);
  }
}
