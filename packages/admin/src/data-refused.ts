/** A request for data is refused for a reason of its own. */
export class DataRefused extends Error {
  override readonly name = 'DataRefused';
  readonly code: string;
  readonly status: number;
  readonly about: string | number | null;

  /**
   * @param code lower case with hyphens, for programs: `range-too-long`
   * @param message what is wrong and what to do, a sentence for the author of the program
   * @param about what the words of a page name, such as the index of an entry
   */
  constructor(
    code: string,
    message: string,
    status: 400 | 404 | 409 | 429 | 503 = 400,
    about: string | number | null = null,
  ) {
    super(message);
    this.code = code;
    this.status = status;
    this.about = about;
  }
}
