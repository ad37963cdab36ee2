import {
  ActionRefused,
  type AskedList,
  action,
  cinemaIn,
  liveList,
  oneOf,
  PageError,
  type PageSet,
  pathWith,
  readPart,
  readPlace,
  textOf,
} from '@ticket-check/admin';
import { mayOperateFor, type OperationTables, runOperation } from '@ticket-check/operators';
import { parseCinemaCode, parseFilmTicketCode, parseWallClock, wallClockAt } from '@ticket-check/protocol';
import type { Service } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import { z } from 'zod';
import type { FoundTables } from './find.ts';
import { FINDING_KINDS, FindingFault, findingJson, listFindings, noteOutcome, outcomeIn } from './worklist.ts';

const FINDINGS_A_PAGE = 50;
const JSON_LIST = '/worklist.json';

const PLACE = z.tuple([z.string(), z.string(), z.string(), z.string(), z.string()]);

const note = z.strictObject({
  Kind: z.enum(FINDING_KINDS),
  CinemaCode: textOf(parseCinemaCode),
  FilmTicketCode: textOf(parseFilmTicketCode),
  StartTime: textOf(parseWallClock),
  /** As the list showed it: an operator who did not see a later note is refused. */
  NotedAt: textOf(parseWallClock).nullable(),
  /** The outcome. */
  reason: z.string(),
});

/** Doubles and late refunds for the people who look into them, and the outcome of each. Scheme 5.2.5; reading R7. */
export function worklistScreen({ now }: Pick<Service, 'now'>, store: Store<FoundTables & OperationTables>): PageSet {
  async function list(request: AskedList): Promise<object> {
    const { cinemaCodes, query } = request;
    const state = readPart(query, 'state', oneOf(['open', 'noted'] as const)) ?? 'open';
    const [kind, cinema] = [readPart(query, 'kind', oneOf(FINDING_KINDS)), cinemaIn(request)];
    const asked = { state, kind, cinema, cinemas: cinemaCodes, after: readPlace(query, PLACE), limit: FINDINGS_A_PAGE };
    const { findings, next } = await listFindings(store, asked);
    return {
      Findings: findings.map(findingJson),
      Next: next === null ? null : pathWith(JSON_LIST, { state, kind, cinema, after: JSON.stringify(next) }),
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
            if (error instanceof FindingFault)
              throw new ActionRefused(error.code, error.code === 'unknown' ? 404 : 409);
            throw error;
          }
          return { NotedAt: at };
        },
      }),
    ],
  };
}
