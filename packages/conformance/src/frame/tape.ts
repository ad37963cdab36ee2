export type TapedExchange = { Sent: string; Got: string };

const MAX_CHARACTERS = 700;

const shortened = (text: string): string =>
  text.length <= MAX_CHARACTERS ? text : `${text.slice(0, MAX_CHARACTERS)}… (${text.length} characters)`;

export type Tape = ReturnType<typeof createTape>;

/** Keeps what went over the line during a case, and shows the last of it. */
export function createTape() {
  let shown: TapedExchange | null = null;
  return {
    begin(): void {
      shown = null;
    },
    note(sent: string, got: string): void {
      shown = { Sent: shortened(sent), Got: shortened(got) };
    },
    shown: (): TapedExchange | null => shown,
  };
}
