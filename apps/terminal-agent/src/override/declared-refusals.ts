import {
  asked,
  type By,
  list,
  operation,
  operationCommand,
  type PageSet,
  type Reading,
  serveList,
  serveOperation,
  textOf,
} from '@ticket-check/admin';
import type { CommandStore } from '@ticket-check/operators';
import { type CheckRecord, parseRecordId, type RecordId, VERDICTS } from '@ticket-check/protocol';
import {
  type Clock,
  ExpectedError,
  type Logger,
  OperationRefused,
  printNotice,
  printResult,
  type Service,
} from '@ticket-check/runtime';
import type { Command } from 'commander';
import { uuidv7 } from 'uuidv7';
import { z } from 'zod';
import { firstJson } from '../admission/entry-words.ts';
import type { OverrideObjection } from '../admission/rules.ts';
import { ticketJson, withKnownNames } from '../check-records/known-names.ts';
import { type ClockReading, createTerminalClock } from '../clock/terminal-clock.ts';
import { findRefusal, lastRefusals, type Refusal, withEntryHere } from '../journal/refusals.ts';
import { REFUSAL_ROW, type RefusalRow } from '../journal/rows.ts';
import { lastAdmissions } from '../journal/scan.ts';
import type { TerminalStore, TerminalTables } from '../tables.ts';
import {
  type AdmitAnyway,
  OBJECTIONS,
  type Overridden,
  overriddenJson,
  overrideRefusal,
  refusalJson,
  refusalToOverride,
} from './override-refusal.ts';

type RefusalSource = {
  readonly store: TerminalStore;
  readonly admitAnyway: Pick<AdmitAnyway, 'now' | 'objectionTo'>;
};

/** The last refusals of genuine tickets today, which supervisors may override. Scheme 5.3.2.3; reading R10. */
const refusals = list({
  name: 'refusals',
  rowsName: 'Refusals',
  title: { zh: '最近拒绝', en: 'Last refusals' },
  permission: 'entries.override',
  filters: {},
  row: REFUSAL_ROW,
  place: z.string(),
  rowsAPage: 50,
  everyMs: 2_000,
  async find({ store, admitAnyway }: RefusalSource, { cinemas, after, limit }) {
    const found = await lastRefusals(store.reports, admitAnyway.now(), { most: limit + 1, after, cinemas });
    const page = found.slice(0, limit);
    const rows = await refusalRows(
      store,
      await Promise.all(
        page.map(async (refusal) => {
          const objection = admitAnyway.objectionTo(refusal);
          return [objection === null ? await withEntryHere(store.reports, refusal) : refusal, objection] as const;
        }),
      ),
    );
    return { rows, next: found.length > limit ? (page.at(-1)?.recordId ?? null) : null };
  },
});

export async function refusalRows(
  { reports }: TerminalStore,
  refusals: readonly (readonly [Refusal, OverrideObjection | null])[],
): Promise<RefusalRow[]> {
  const records = await withKnownNames(
    reports,
    refusals.map(([{ record }]) => record),
  );
  return refusals.map(([{ verdict, scannedAt, gate, eTicket, first, overriddenBy, openedAt }, objection], at) => ({
    ...ticketJson(records[at] as CheckRecord),
    ...{ Verdict: verdict, ScannedAt: scannedAt, Gate: gate },
    ETicketAgeSeconds: eTicket?.ageSeconds ?? null,
    First: first === null ? null : firstJson(first),
    OverriddenBy: overriddenBy,
    OpenedAt: openedAt,
    Objection:
      objection === null
        ? null
        : { Code: objection, Words: OBJECTIONS[objection].en, WordsZh: OBJECTIONS[objection].zh },
  }));
}

/** Admits the guest of a refusal, with a reason. What opens the gate comes afterwards: it is the service's. */
export const overriding = (parts: {
  reading: (store: TerminalStore) => ClockReading | Promise<ClockReading>;
  newRecordId: () => RecordId;
  opensByAnswer: (gate: string) => boolean;
}) =>
  operation({
    name: 'entries override',
    title: { zh: '人工放行', en: 'Let a guest in' },
    permission: 'entries.override',
    says: 'admit a guest refused today; does not open the gate',
    input: z.strictObject({
      RecordId: asked(textOf(parseRecordId), {
        option: ['<record-id>', 'RecordId of the refused scan (see `scans list`)'],
      }),
    }),
    destroys: ({ RecordId }) => RecordId,
    needsReason: true,
    needsPassword: true,
    async cinemasOf({ RecordId }, store) {
      const refusal = await findRefusal(store.db, RecordId);
      // If no record is kept, there is no cinema for an operator limited to some.
      return typeof refusal === 'string' ? 'all' : [refusal.record.cinemaCode];
    },
    prepare: async (_, store) => parts.reading(store),
    async change(store: TerminalStore, { RecordId }, { actor: operator, reason, prepared: at }) {
      const { newRecordId, opensByAnswer } = parts;
      const came = await overrideRefusal(store, RecordId, {
        recordId: newRecordId(),
        at,
        operator,
        reason,
        opensByAnswer,
      });
      if (typeof came === 'string') throw new OperationRefused(came, OBJECTIONS[came]);
      return came;
    },
    outcome: (came) => ({ before: refusalJson(came.refusal), after: overriddenJson(came) }),
    answer: overriddenJson,
  });

/** Opens the gate for a guest who was let in, and logs who let them in. */
export const openingGate =
  ({ admitAnyway, logger }: { admitAnyway: Pick<AdmitAnyway, 'open'>; logger: Pick<Logger, 'warn'> }) =>
  async (overridden: Overridden, { actor: operator, reason, prepared }: By<ClockReading>) => {
    const opened = await admitAnyway.open(overridden, prepared);
    const { refusal, record } = overridden;
    const told = { reason, overrides: refusal.recordId, recordId: record.recordId, operator };
    logger.warn({ ...told, verdict: refusal.verdict, opened }, 'overrode a refusal');
    return { Opened: opened };
  };

/** The last refusals at this terminal, which supervisors may override. Scheme 5.3.2.3; reading R10. */
export function refusalsScreen(
  { now, logger }: Pick<Service, 'now' | 'logger'>,
  { store, admitAnyway, reading }: { store: TerminalStore; admitAnyway: AdmitAnyway; reading: Reading },
): PageSet {
  return {
    name: 'refusals',
    screens: [{ path: '/refusals', permission: refusals.permission, label: refusals.title }],
    ...serveList(refusals, { store, admitAnyway }, reading),
    actions: serveOperation(overriding(admitAnyway), {
      ...{ store, now },
      finish: openingGate({ admitAnyway, logger }),
    }),
  };
}

export function overrideCommand(
  group: Command,
  { store, now }: { store: CommandStore<TerminalTables>; now: Clock },
): void {
  const reading = async (opened: TerminalStore) =>
    createTerminalClock({ now, upstreamOffset: () => null, lastAdmissions: await lastAdmissions(opened.db) }).read();
  const declared = overriding({ reading, newRecordId: () => uuidv7() as RecordId, opensByAnswer: () => true });
  operationCommand(group, declared, {
    store,
    now,
    unlessYes: {
      says: 'do it; without it only print the refusal',
      async print(opened, { RecordId }) {
        const refusal = await refusalToOverride(opened, RecordId, await reading(opened));
        if (typeof refusal === 'string') throw new ExpectedError(OBJECTIONS[refusal].en);
        printResult(JSON.stringify(refusalJson(refusal)));
        printNotice(`Refused: ${VERDICTS[refusal.verdict].en}. Run the command again with --yes to let the guest in.`);
      },
    },
    notice: 'The check record is kept. No gate was opened: let the guest in by hand.',
  });
}
