import { readdir, readFile, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';

/** The path of a built console's files; their names hold the hashes of their contents. */
export const BUILT_PATH = '/console';

/** What the build leaves in the HTML where the nonce of an answer goes. */
const NONCE = '__nonce__';

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** From best to worst, each with the ending of the file that the build has compressed so. */
const ENCODINGS = { br: '.br', gzip: '.gz' } as const;
type Encoding = keyof typeof ENCODINGS;

type BuiltFile = { readonly type: string; readonly content: Buffer; readonly encoding: Encoding | null };

/** The console as it was built: the HTML that every screen begins with, and what it loads. */
export type BuiltConsole = {
  /** The HTML with the nonce of the answer; null if the console is not built. */
  html(nonce: string): Promise<string | null>;
  /** A file that the HTML or another file names, in the best accepted encoding; null if there is none. */
  file(name: string, accepted: string | undefined): Promise<BuiltFile | null>;
};

/** Reads a built console from its directory; a new build is served without a restart. */
export function createBuiltConsole(directory: string): BuiltConsole {
  let known: { readonly at: number; readonly html: string; readonly names: ReadonlySet<string> } | null = null;

  async function read() {
    const index = join(directory, 'index.html');
    const at = await stat(index).then(
      ({ mtimeMs }) => mtimeMs,
      () => null,
    );
    if (at === null) return null;
    if (known?.at !== at) {
      const [html, names] = [await readFile(index, 'utf8'), await readdir(directory)];
      known = { at, html, names: new Set(names) };
    }
    return known;
  }

  return {
    async html(nonce) {
      return (await read())?.html.replaceAll(NONCE, nonce) ?? null;
    },
    async file(name, accepted = '') {
      const type = TYPES[extname(name)];
      // Only names in the directory, so that no path leads out of it.
      const names = (await read())?.names;
      if (type === undefined || names === undefined || !names.has(name)) return null;
      const takes = new Set(accepted.split(',').map((part) => part.split(';')[0]?.trim()));
      const encoding = (Object.keys(ENCODINGS) as Encoding[]).find(
        (encoding) => takes.has(encoding) && names.has(name + ENCODINGS[encoding]),
      );
      const content = await readFile(join(directory, encoding === undefined ? name : name + ENCODINGS[encoding]));
      return { type, content, encoding: encoding ?? null };
    },
  };
}
