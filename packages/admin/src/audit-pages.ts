import {
  type AuditPlace,
  auditLogOf,
  auditTime,
  entryProver,
  type OperationTables,
  searchAudit,
} from '@ticket-check/operators';
import type { Store } from '@ticket-check/storage';
import { z } from 'zod';
import { readPlace } from './asked.ts';
import type { JsonRequest, PageSet, SentFile } from './page.ts';
import { DataRefused, PageError } from './sent-texts.ts';

const PATH = '/audit';
const ENTRIES_A_PART = 50;
const INDEX = /^(0|[1-9]\d{0,14})$/;
const LONGEST_FILTER = 128;

const place = z.tuple([z.string(), z.string()]).transform(([beganAt, id]): AuditPlace => ({ beganAt, id }));

const WHAT_TO_DO =
  'Somebody changed the database. Keep it and its backups as they are, run `audit verify`, and compare with the checkpoints that were handed out.';

/**
 * Serves what people did on this service: entries, newest first, and the proof that one is in the log. Entries concern
 * every cinema, so operators limited to some do not see them. Scheme 5.3.2.2.
 */
export function auditPages({ store }: { store: Store<OperationTables> }): PageSet {
  const proofOf = entryProver(auditLogOf(store));

  async function list({ cinemaCodes, query }: JsonRequest): Promise<object> {
    if (cinemaCodes !== 'all') throw new PageError('forbidden');
    const [since, until] = [timeIn(query, 'since'), timeIn(query, 'until')];
    const [actor, name] = [filterIn(query.get('actor')), filterIn(query.get('name'))];
    const after = readPlace(query, place);
    const found = await searchAudit(store, { since, until, actor, name }, { after, limit: ENTRIES_A_PART + 1 });
    const entries = found.slice(0, ENTRIES_A_PART);
    const last = found.length > ENTRIES_A_PART ? entries.at(-1) : undefined;
    const asked = new URLSearchParams();
    for (const [key, value] of Object.entries({ since, until, actor, name })) {
      if (value !== undefined) asked.set(key, value);
    }
    if (last !== undefined) asked.set('after', JSON.stringify([last.beganAt, last.id]));
    return {
      // The line is the leaf itself: parsed and written again it might be another text.
      Entries: entries.map(({ index, line }) => ({ Index: index, Line: line })),
      Next: last === undefined ? null : `${PATH}.json?${asked}`,
    };
  }

  async function prove({ cinemaCodes, query }: JsonRequest): Promise<SentFile> {
    if (cinemaCodes !== 'all') throw new PageError('forbidden');
    const index = query.get('index') ?? '';
    if (!INDEX.test(index)) throw new DataRefused('bad-index', 'index is a whole number from 0 up.');
    const proved = await proofOf(Number(index));
    if (proved.kind === 'no-entry') throw new DataRefused('no-entry', proved.message, 404);
    if (proved.kind === 'changed')
      throw new DataRefused('log-changed', `${proved.message} ${WHAT_TO_DO}`, 409, proved.index);
    return { type: 'text/plain; charset=utf-8', name: `audit-${index}.tlog-proof`, body: once(proved.proof) };
  }

  return {
    name: 'audit',
    json: [{ path: `${PATH}.json`, permission: 'audit.read', handler: list }],
    files: [{ path: `${PATH}/proof`, permission: 'audit.read', handler: prove }],
    screens: [{ path: PATH, permission: 'audit.read', label: { zh: '操作记录', en: 'Audit' } }],
  };
}

function timeIn(query: JsonRequest['query'], bound: 'since' | 'until'): string | undefined {
  const text = query.get(bound) ?? '';
  const time = text === '' ? undefined : auditTime(text, bound);
  if (time !== null) return time;
  throw new DataRefused('bad-time', 'since and until are YYYY-MM-DD or YYYY-MM-DDThh:mm:ss.');
}

function filterIn(text = ''): string | undefined {
  if (text.length > LONGEST_FILTER) throw new PageError('bad-input');
  return text.trim() === '' ? undefined : text.trim();
}

async function* once(text: string): AsyncGenerator<string> {
  yield text;
}
