/** A request for data is refused for a reason of its own. */
export class DataRefused extends Error {
  override readonly name = 'DataRefused';
  readonly code: string;
  readonly status: number;

  /**
   * @param code lower case with hyphens, for programs: `range-too-long`
   * @param message what is wrong and what to do, a sentence for whoever wrote the program
   */
  constructor(code: string, message: string, status: 400 | 404 | 409 | 429 | 503 = 400) {
    super(message);
    this.code = code;
    this.status = status;
  }
}
