import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ROLES, type Role } from '@ticket-check/operators';
import type { Language } from './language.ts';

/** Screens say what the documents of the installation say, so that it is written once. */
const DOCUMENTS = join(import.meta.dirname, '..', '..', '..', 'docs');

/** The lines of a page without links, which lead to files; none where the installation has no documents. */
async function linesOf(page: string, language: Language): Promise<string[]> {
  const path = join(DOCUMENTS, language === 'zh' ? 'zh' : '', page);
  const text = await readFile(path, 'utf8').catch(() => '');
  return text
    .replaceAll(/ ?[(（]\[[^\]]*\]\([^)]*\)[)）]/g, '')
    .replaceAll(/(?<!!)\[([^\]]*)\]\([^)]*\)/g, '$1')
    .split('\n');
}

/** The cells of a row of a table; null for another line. */
const cellsOf = (line: string) =>
  line.startsWith('| ')
    ? line
        .slice(1, -1)
        .split('|')
        .map((cell) => cell.trim())
    : null;

/**
 * Reads what `configuration.md` says each setting means, with Markdown's `code`; empty for one that it does not name. A name that
 * two services have with other defaults has two rows there.
 */
export async function loadMeanings(language: Language): Promise<(name: string, usual: unknown) => string> {
  const rows = (await linesOf('configuration.md', language)).flatMap((line) => {
    const [names, usual = '', , meaning] = cellsOf(line) ?? [];
    return names === undefined || meaning === undefined ? [] : [{ names, usual, meaning }];
  });
  return (name, usual) => {
    const named = rows.filter(({ names }) => names.includes(`\`${name}\``));
    const row = named.find((one) => one.usual.includes(`\`${usual}\``)) ?? named[0];
    return row?.meaning ?? '';
  };
}

/** What a handbook says about a page: a sentence or item, or of a table what happens and what to do then. */
type Passage = { readonly When: string | null; readonly Text: string };

/**
 * Finds what the handbooks say about a page that they name (`*Terminals*`), with Markdown's emphasis and `code`; that of the reader's
 * own role comes first.
 */
export async function findHelp(
  page: string,
  { role, language }: { role: Role; language: Language },
): Promise<{ readonly Handbook: Role; readonly Passages: readonly Passage[] }[]> {
  const roles = [role, ...ROLES.filter((other) => other !== role)];
  const found = roles.map(async (Handbook) => {
    const lines = await linesOf(`handbook/${Handbook}.md`, language);
    const Passages = lines.filter((line) => line.includes(`*${page}*`)).map(passageOf);
    return { Handbook, Passages };
  });
  return (await Promise.all(found)).filter(({ Passages }) => Passages.length > 0);
}

function passageOf(line: string): Passage {
  const [first, ...others] = cellsOf(line) ?? [];
  if (first !== undefined) return { When: first, Text: others.join(' ') };
  return { When: null, Text: line.replace(/^\s*(-|\d+\.) /, '') };
}
