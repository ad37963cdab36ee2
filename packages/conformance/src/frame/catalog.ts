import cases from '../cases.json' with { type: 'json' };
import type { Case } from './case.ts';

type Entry = readonly [clause: string, title: string, advice?: string];

/**
 * By id. One without a clause or advice has those of the id that it begins with, as `report.kept` of `report`, whose title precedes its
 * own. In a clause, `*` is the chapter, and `report` the clause of reporting.
 */
const CATALOG = cases as unknown as Readonly<Record<string, Entry>>;

export type Ask = (id: string, run: Case['run'], depth?: 'depth') => Case;

/** @param reporting the clause of the role that reports */
export const askOf =
  (chapter: 6 | 7, reporting = ''): Ask =>
  (id, run, depth) => {
    const [own, title, advice] = entryOf(id);
    const [clause, before, usual = ''] = own === '' ? familyOf(id) : [own, ''];
    return {
      ...{ id, run, depth: depth === 'depth', advice: advice ?? usual, title: before + title },
      clause: clause.replace('*', `${chapter}`).replace('report', reporting),
    };
  };

function familyOf(id: string): Entry {
  const family = id.slice(0, id.lastIndexOf('.'));
  return CATALOG[family] ?? (family.includes('.') ? familyOf(family) : entryOf(family));
}

function entryOf(id: string): Entry {
  const entry = CATALOG[id];
  if (entry === undefined) throw new Error(`cases.json has no ${id}`);
  return entry;
}
