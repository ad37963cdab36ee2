type OperatorFaultKind = 'unknown' | 'taken' | 'bad-username' | 'last-administrator' | 'changed-meanwhile';

/** Why something cannot be done with an operator. Commands print its sentence, pages have words of their own for its kind. */
export class OperatorFault extends Error {
  override readonly name = 'OperatorFault';
  /** Tells `runProgram` that this is no bug, like an `ExpectedError`. */
  readonly expected = true;
  readonly kind: OperatorFaultKind;

  constructor(kind: OperatorFaultKind, message: string) {
    super(message);
    this.kind = kind;
  }
}
