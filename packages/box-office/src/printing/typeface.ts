import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { create, type Font } from 'fontkit';
import subsetFont from 'subset-font';

/** As the font's own axis counts them. */
const WEIGHTS = { regular: 400, bold: 700 } as const;
export type Weight = keyof typeof WEIGHTS;

/** Stands in place of a character that the font does not have. */
const MISSING = '□';

/** Characters that are drawn with one font file. */
export type FontRun = { readonly file: FontFile; readonly text: string };

/** One file of the typeface, cut down to the glyphs that are used, of one weight. */
type FontFile = { readonly name: string; readonly bytes: Buffer; readonly font: Font };

/** Chinese and Latin glyphs of a known set of texts. */
export type Typeface = {
  readonly files: readonly FontFile[];
  /** A text cut where its font file changes. */
  runs(text: string, weight: Weight): FontRun[];
  /** The width of a text, in the unit of `size`. */
  width(text: string, weight: Weight, size: number): number;
  /** Characters that the font does not have. */
  readonly missing: readonly string[];
};

/**
 * Loads the glyphs of these texts out of Noto Sans SC. Its package holds a hundred files for a browser to choose from, each with
 * some of the characters in all weights.
 */
export async function loadTypeface(texts: Readonly<Record<Weight, Iterable<string>>>): Promise<Typeface> {
  const slices = await readSlices();
  const missing = new Set<string>();
  const files = { regular: new Map<string, FontFile>(), bold: new Map<string, FontFile>() };
  for (const weight of ['regular', 'bold'] as const) {
    const wanted = new Map<string, Set<string>>();
    for (const character of charactersOf(texts[weight], MISSING)) {
      const slice = sliceOf(slices, character);
      if (slice === undefined) missing.add(character);
      else wanted.set(slice, (wanted.get(slice) ?? new Set()).add(character));
    }
    for (const [slice, characters] of wanted) {
      const file = await cutOut(slice, [...characters].join(''), weight);
      for (const character of characters) files[weight].set(character, file);
    }
  }

  function runs(text: string, weight: Weight): FontRun[] {
    const found: { file: FontFile; text: string }[] = [];
    for (const character of text) {
      const known = files[weight].has(character) ? character : MISSING;
      const file = files[weight].get(known);
      if (file === undefined) throw new Error(`no glyphs were loaded for ${JSON.stringify(text)}`);
      const last = found.at(-1);
      if (last?.file === file) last.text += known;
      else found.push({ file, text: known });
    }
    return found;
  }

  return {
    files: [...new Set([...files.regular.values(), ...files.bold.values()])],
    runs,
    width: (text, weight, size) => runs(text, weight).reduce((sum, run) => sum + advanceOf(run, size), 0),
    missing: [...missing],
  };
}

/** The width of a run, in the unit of `size`. */
export function advanceOf({ file, text }: FontRun, size: number): number {
  return (file.font.layout(text).advanceWidth * size) / file.font.unitsPerEm;
}

function charactersOf(texts: Iterable<string>, more: string): Set<string> {
  const characters = new Set(more);
  for (const text of texts) for (const character of text) characters.add(character);
  return characters;
}

/** Which characters a file of the package has. */
type Slice = { readonly name: string; readonly ranges: readonly (readonly [first: number, last: number])[] };

const PACKAGE = dirname(fileURLToPath(import.meta.resolve('@fontsource-variable/noto-sans-sc/package.json')));

/** Latin letters and digits first: other files have some of them too. */
async function readSlices(): Promise<Slice[]> {
  const ranges: Record<string, string> = JSON.parse(await readFile(join(PACKAGE, 'unicode.json'), 'utf8'));
  const slices = Object.entries(ranges).map(([name, list]) => ({
    name: name.replace(/[[\]]/g, ''),
    ranges: list.split(',').map(readRange),
  }));
  return slices.toSorted((a, b) => Number(b.name === 'latin') - Number(a.name === 'latin'));
}

/** `U+4E00-4E8B` or `U+3007`. */
function readRange(range: string): [number, number] {
  const [first = '', last = first] = range.trim().slice('U+'.length).split('-');
  return [Number.parseInt(first, 16), Number.parseInt(last, 16)];
}

function sliceOf(slices: readonly Slice[], character: string): string | undefined {
  const point = character.codePointAt(0) ?? 0;
  const isShown = !/^\p{C}$/u.test(character);
  return slices.find(({ ranges }) => isShown && ranges.some(([first, last]) => first <= point && point <= last))?.name;
}

async function cutOut(slice: string, characters: string, weight: Weight): Promise<FontFile> {
  const whole = await readFile(join(PACKAGE, 'files', `noto-sans-sc-${slice}-wght-normal.woff2`));
  const options = {
    targetFormat: 'sfnt',
    variationAxes: { wght: WEIGHTS[weight] },
    keepFeatures: [],
    noHinting: true,
  } as const;
  const bytes = await subsetFont(whole, characters, options);
  return { name: `${weight}-${slice}`, bytes, font: create(bytes) as Font };
}
