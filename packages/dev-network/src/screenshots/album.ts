import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import type { Browser, Page } from 'playwright-core';
import { say } from '../story.ts';

/** The pictures of one run: where they go, how many there are, and what could not be shot. */
export interface Album {
  /** Whether the run is about every picture there can be. */
  readonly isWhole: boolean;
  /** Whether it is about one whose name begins so. */
  wants(beginning: string): boolean;
  /** Shoots what the page shows into `<directory>/<name>.png`; `whole` is the page from top to bottom, not the window alone. */
  shoot(page: Page, name: string, options?: { whole?: boolean }): Promise<void>;
  /**
   * Does `work`; where that fails it is noted as `what`, and the run goes on. Resolves to whether it was done.
   * @throws what `work` throws once the browser has ended
   */
  attempt(what: string, work: () => Promise<unknown>): Promise<boolean>;
  count(): number;
  /** What was tried in vain, with why, in the order in which it was tried. */
  missing(): readonly string[];
}

/** Begins an album in `directory`: of every picture, or of some by their names or how these begin. */
export function openAlbum(browser: Browser, directory: string, wanted: readonly string[] | 'all'): Album {
  let count = 0;
  const missing: string[] = [];
  const wants = (beginning: string) =>
    wanted === 'all' || wanted.some((name) => name.startsWith(beginning) || beginning.startsWith(name));
  return {
    isWhole: wanted === 'all',
    wants,
    async shoot(page, name, { whole = true } = {}) {
      if (!wants(name)) return;
      const path = join(directory, `${name}.png`);
      await mkdir(dirname(path), { recursive: true });
      await page.screenshot({ path, fullPage: whole, animations: 'disabled' });
      count += 1;
    },
    async attempt(what, work) {
      try {
        await work();
        return true;
      } catch (error) {
        if (!browser.isConnected()) throw error;
        const why = whyOf(error);
        missing.push(`${what}: ${why}`);
        say(`  not shot: ${what}: ${why}`);
        return false;
      }
    },
    count: () => count,
    missing: () => missing,
  };
}

/** What an error says, with what of the page it waited for, without the log of all the rest. */
function whyOf(error: unknown): string {
  const [first = '', ...rest] = stripVTControlCharacters(error instanceof Error ? error.message : String(error)).split(
    '\n',
  );
  const waited = rest.find((line) => line.includes('waiting for'));
  return waited === undefined ? first : `${first} (${waited.replace(/^[\s-]+/, '')})`;
}
