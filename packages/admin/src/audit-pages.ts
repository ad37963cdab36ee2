import { type Row as Cells, column } from '@ticket-check/check-records';
import {
  type AuditPlace,
  auditLogOf,
  auditTime,
  LogChangedError,
  listActors,
  listAudit,
  type OperationTables,
  searchAudit,
} from '@ticket-check/operators';
import { AUDIT_ROW, type AuditBesides } from '@ticket-check/operators/audit-row';
import { ExpectedError, sharedFor } from '@ticket-check/runtime';
import { pageOf, type Store } from '@ticket-check/storage';
import { z } from 'zod';
import { textOf } from './asked.ts';
import { list, says, serveList } from './declared/list.ts';
import { operationTitles } from './declared/operation.ts';
import type { Reading } from './declared/reading.ts';
import type { JsonRequest, PageSet, SentFile } from './page.ts';
import { DataRefused, PageError } from './sent-texts.ts';

const PATH = '/audit';
const ENTRIES_A_PART = 50;
const INDEX = /^(0|[1-9]\d{0,14})$/;
const LONGEST_FILTER = 128;

const place: z.ZodType<AuditPlace> = z.object({ beganAt: z.string(), id: z.string() });

const WHAT_TO_DO =
  'Somebody changed the database. Keep it and its backups as they are, run `audit verify`, and compare with the checkpoints that were handed out.';

const timeFilter = (bound: 'since' | 'until') =>
  textOf((text) => {
    const time = auditTime(text, bound);
    if (time === null) throw new Error('must be YYYY-MM-DD or YYYY-MM-DDThh:mm:ss');
    return time;
  })
    .optional()
    .meta(
      bound === 'since'
        ? says('从此时起，YYYY-MM-DD[Thh:mm:ss]', 'began at this time or later, YYYY-MM-DD[Thh:mm:ss]')
        : says('到此时止，日期包括当天，YYYY-MM-DD[Thh:mm:ss]', 'began at this time or earlier; a day is included'),
    );

type Source = { readonly store: Store<OperationTables>; readonly actors: () => Promise<AuditBesides['Actors']> };

export const auditEntries = list({
  name: 'audit',
  rowsName: 'Entries',
  title: { zh: '操作记录', en: 'Audit' },
  permission: 'audit.read',
  isOfAll: true,
  filters: {
    since: timeFilter('since'),
    until: timeFilter('until'),
    actor: z.string().max(LONGEST_FILTER).optional().meta(says('仅一人的操作', 'only what one did')),
    name: z
      .string()
      .max(LONGEST_FILTER)
      .optional()
      .meta(says('一种操作，或其名称的开头，如 operator', 'an operation, or what its name begins with: `operator`')),
  },
  row: AUDIT_ROW,
  place,
  rowsAPage: ENTRIES_A_PART,
  live: 'none',
  file: {
    columns: () =>
      [
        column('Index', '序号', 'Number'),
        column('BeganAt', '时间', 'Time'),
        column('Actor', '操作人', 'Operator'),
        { ...column('Name', '操作', 'Operation'), words: operationTitles() },
        column('From', '来自', 'From'),
        column('Failed', '未成功', 'Failed'),
        column('What', '内容', 'What'),
        column('Before', '之前', 'Before'),
        column('After', '之后', 'After'),
      ].map((one) => ({ ...one, of: (row: Cells) => saidIn(row, one.name) })),
    name: () => 'audit',
    /** As the log has them, the oldest first. */
    rows: async ({ store }: Source, { filters }) => linesOf(listAudit(store.reports, filters)),
  },
  async find({ store, actors }: Source, { filters, after, limit }) {
    const found = await searchAudit(store, filters, { after, limit: limit + 1 });
    const { page, next } = pageOf(found, limit, ({ beganAt, id }) => ({ beganAt, id }));
    const besides: AuditBesides = { Titles: operationTitles(), Actors: await actors() };
    return {
      // The line is the leaf itself: parsed and written again it might be another text.
      rows: page.map(({ index, line }) => ({ Index: index, Line: line })),
      next,
      besides,
    };
  },
});

async function* linesOf(lines: AsyncIterable<string>) {
  for await (const Line of lines) yield { Line };
}

function saidIn({ Line }: Cells, name: string) {
  const { [name]: said } = JSON.parse(String(Line));
  return typeof said === 'object' && said !== null ? JSON.stringify(said) : said;
}

const PROOF = {
  title: { zh: '一条操作记录的证明', en: 'Proof of an entry of the audit' },
  query: { index: z.string().meta(says('条目的序号', 'the number of the entry')) },
};

const ACTORS_MS = 60_000;

/** Serves what people did on this service, newest first, and the proof that an entry is in the log. Scheme 5.3.2.2. */
export function auditPages({ store, reading }: { store: Store<OperationTables>; reading: Reading }): PageSet {
  const log = auditLogOf(store);
  // Takes as long as the log is: once for all who ask meanwhile.
  const verify = sharedFor(0, () => log.verify(null));
  const served = serveList(auditEntries, { store, actors: sharedFor(ACTORS_MS, () => listActors(store)) }, reading);

  async function prove({ cinemaCodes, query }: JsonRequest): Promise<SentFile> {
    if (cinemaCodes !== 'all') throw new PageError('forbidden');
    const index = query.get('index') ?? '';
    if (!INDEX.test(index)) throw new DataRefused('bad-index', 'index is a whole number from 0 up.');
    const proof = await log.prove(Number(index)).catch(async (error: unknown) => {
      if (error instanceof LogChangedError) {
        const { sentence, index: first } = (await verify()).faults[0] ?? { sentence: error.message, index: null };
        throw new DataRefused('log-changed', `${sentence} ${WHAT_TO_DO}`, 409, first);
      }
      throw error instanceof ExpectedError ? new DataRefused('no-entry', error.message, 404) : error;
    });
    return { type: 'text/plain; charset=utf-8', name: `audit-${index}.tlog-proof`, body: once(proof) };
  }

  return {
    name: 'audit',
    ...served,
    files: [...served.files, { path: `${PATH}/proof`, permission: 'audit.read', describes: PROOF, handler: prove }],
    screens: [
      { path: PATH, permission: 'audit.read', label: auditEntries.title },
      { path: `${PATH}/verify`, permission: 'audit.read', label: null },
    ],
  };
}

async function* once(text: string): AsyncGenerator<string> {
  yield text;
}
