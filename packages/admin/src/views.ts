import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Eta } from 'eta';

export type Views = {
  /** Adds the `*.eta` files of a directory under a name: `name/file`. */
  add(name: string, directory: string): void;
  /** Renders a view to HTML; what it prints with `<%= %>` is escaped. */
  render(view: string, data: object): string;
};

/** The compiled views of all services of this process, by their text. */
const compiled = new Map<string, ReturnType<Eta['compile']>>();

/** Views are read once, when they are added. */
export function createViews(): Views {
  const eta = new Eta({ autoEscape: true, cache: true });
  return {
    add(name, directory) {
      for (const file of readdirSync(directory).filter((file) => file.endsWith('.eta'))) {
        const text = readFileSync(join(directory, file), 'utf8');
        const view = compiled.get(text) ?? eta.compile(text);
        compiled.set(text, view);
        eta.templatesSync.define(`@${name}/${basename(file, '.eta')}`, view);
      }
    },
    render: (view, data) => eta.render(`@${view}`, data),
  };
}
