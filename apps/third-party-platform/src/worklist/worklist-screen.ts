import { ActionRefused, type AskedList, action, liveList, PageError, type PageSet } from '@ticket-check/admin';
import { mayOperateFor, type OperationTables, runOperation } from '@ticket-check/operators';
import { parseCinemaCode, parseFilmTicketCode, parseWallClock, wallClockAt } from '@ticket-check/protocol';
import type { Service } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import { z } from 'zod';
import type { FoundTables } from './find.ts';
import {
  FINDING_KINDS,
  FindingFault,
  type FindingPlace,
  findingJson,
  listFindings,
  noteOutcome,
  outcomeIn,
} from './worklist.ts';

const FINDINGS_A_PAGE = 50;
const JSON_LIST = '/worklist.json';

/** Reads what a parser takes; zod says that the rest is wrong. */
const parsed = <T>(parse: (text: string) => T) =>
  z.string().transform((text, context) => {
    try {
      return parse(text);
    } catch {
      context.addIssue({ code: 'custom' });
      return z.NEVER;
    }
  });

const asked = z.object({
  state: z.enum(['open', 'noted']).default('open'),
  kind: z.enum(FINDING_KINDS).optional(),
  cinema: parsed(parseCinemaCode).optional(),
  after: parsed((text) => z.tuple([z.string(), z.string(), z.string(), z.string(), z.string()]).parse(JSON.parse(text)))
    .default(null as never)
    .nullable(),
});

const note = z.strictObject({
  Kind: z.enum(FINDING_KINDS),
  CinemaCode: parsed(parseCinemaCode),
  FilmTicketCode: parsed(parseFilmTicketCode),
  StartTime: parsed(parseWallClock),
  /** As the list showed it: an operator who did not see a later note is refused. */
  NotedAt: parsed(parseWallClock).nullable(),
  /** The outcome. */
  reason: z.string(),
});

const REFUSALS: Record<FindingFault['code'], 404 | 409> = { unknown: 404, changed: 409, full: 409 };

/** Doubles and late refunds for the people who look into them, and the outcome of each. Scheme 5.2.5; reading R7. */
export function worklistScreen({ now }: Pick<Service, 'now'>, store: Store<FoundTables & OperationTables>): PageSet {
  async function list({ cinemaCodes, query }: AskedList): Promise<object> {
    const read = asked.safeParse(Object.fromEntries(query));
    if (!read.success) throw new PageError('bad-input');
    const { state, kind, cinema, after } = read.data;
    if (cinema !== undefined && !mayOperateFor({ cinemaCodes }, cinema)) throw new PageError('forbidden');
    const { findings, next } = await listFindings(store, {
      state,
      kind,
      cinema,
      cinemas: cinemaCodes,
      after: after as FindingPlace | null,
      limit: FINDINGS_A_PAGE,
    });
    const search = { state, ...(kind !== undefined && { kind }), ...(cinema !== undefined && { cinema }) };
    return {
      Findings: findings.map(findingJson),
      Next: next === null ? null : `${JSON_LIST}?${new URLSearchParams({ ...search, after: JSON.stringify(next) })}`,
    };
  }

  return {
    name: 'worklist',
    screens: [{ path: '/worklist', permission: 'records.read', label: { zh: '待核实', en: 'Worklist' } }],
    json: [{ path: JSON_LIST, permission: 'records.read', handler: list }],
    live: [liveList('worklist', 'records.read', list)],
    actions: [
      action({
        path: '/worklist/note',
        permission: 'records.resolve',
        body: note,
        async handler({ body, operator, address }) {
          const { Kind: kind, CinemaCode: cinemaCode, FilmTicketCode: filmTicketCode, StartTime: startTime } = body;
          if (!mayOperateFor(operator, cinemaCode)) throw new PageError('forbidden');
          const outcome = outcomeIn(body.reason);
          if (outcome === null) throw new ActionRefused('reason-missing-or-too-long', 400);
          const named = { kind, cinemaCode, filmTicketCode, startTime };
          const at = wallClockAt(now());
          try {
            await runOperation(
              store,
              { name: 'worklist note', actor: operator.username, from: address, what: named, now },
              (within) =>
                noteOutcome(within, named, { outcome, operator: operator.username, at }, { seen: body.NotedAt }),
              (before) => ({ before: before === null ? null : { outcome: before }, after: { outcome } }),
            );
          } catch (error) {
            if (error instanceof FindingFault) throw new ActionRefused(error.code, REFUSALS[error.code]);
            throw error;
          }
          return { NotedAt: at };
        },
      }),
    ],
  };
}
