import { readFileSync } from 'node:fs';

const FOLDER = new URL('../../../../vectors/', import.meta.url);

/** A text, or a slice of a whole text: to its end where `to` is null, characters of `these` exchanged for those of `those`. */
type Part = string | readonly [from: number, to: number | null, these?: string, those?: string];

/** What the vectors of codes and of e-tickets have in common. vectors/README.md. */
export type Vector = {
  readonly name: string;
  /** How it is put together of a whole text. */
  readonly of?: { readonly parts: readonly Part[] };
  /** Why no terminal can be shown this. */
  readonly notAtADoor?: string;
};

export const vectorsIn = <T extends Vector>(file: string): T[] =>
  (JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8')) as { cases: T[] }).cases;

export const testKey = (name: string): Buffer => readFileSync(new URL(`test-keys/${name}.pem`, FOLDER));

export const isShown = ({ notAtADoor }: Vector): boolean => notAtADoor === undefined;

/** Those that nobody can show to a terminal, with the reasons. */
export const unshown = (vectors: readonly Vector[]): string =>
  vectors.flatMap(({ name, notAtADoor: why }) => (why === undefined ? [] : [`${name}: ${why}`])).join('; ');

export const putTogether = (whole: string, parts: readonly Part[]): string =>
  parts
    .map((part) => {
      if (typeof part === 'string') return part;
      const [from, to, these = '', those = ''] = part;
      return whole.slice(from, to ?? undefined).replace(/./gs, (one) => those[these.indexOf(one)] ?? one);
    })
    .join('');
