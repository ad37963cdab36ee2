import {
  asked,
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
import { type CheckRecord, elementsJson, parseRecordId, type RecordId, VERDICTS } from '@ticket-check/protocol';
import {
  type Clock,
  ExpectedError,
  OperationRefused,
  printNotice,
  printResult,
  type Service,
} from '@ticket-check/runtime';
import { pageOf } from '@ticket-check/storage';
import type { Command } from 'commander';
import { uuidv7 } from 'uuidv7';
import { z } from 'zod';
import { firstJson } from '../admission/entry-words.ts';
import { judgeOverride, type OverrideObjection } from '../admission/rules.ts';
import { ticketJson, withKnownNames } from '../check-records/known-names.ts';
import { type ClockReading, createTerminalClock } from '../clock/terminal-clock.ts';
import { findRefusal, lastRefusals, type Refusal } from '../journal/refusals.ts';
import { REFUSAL_ROW, type RefusalRow } from '../journal/rows.ts';
import { lastAdmissions } from '../journal/scan.ts';
import type { TerminalStore, TerminalTables } from '../tables.ts';
import {
  type AdmitAnyway,
  OBJECTIONS,
  overriddenJson,
  overrideRefusal,
  refusalJson,
  refusalToOverride,
} from './override-refusal.ts';

type RefusalSource = {
  readonly store: TerminalStore;
  readonly admitAnyway: Pick<AdmitAnyway, 'reading'>;
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
    const now = admitAnyway.reading();
    const found = await lastRefusals(store.reports, now.at, { most: limit + 1, after, cinemas });
    const { page, next } = pageOf(found, limit, ({ recordId }) => recordId);
    return { rows: await refusalRows(store, page, now), next };
  },
});

export async function refusalRows(
  { reports }: TerminalStore,
  refusals: readonly Refusal[],
  now: ClockReading,
): Promise<RefusalRow[]> {
  const records = await withKnownNames(
    reports,
    refusals.map(({ record }) => record),
  );
  return refusals.map((refusal, at) => {
    const objection = judgeOverride(refusal, now);
    return {
      ...ticketJson(records[at] as CheckRecord),
      ...elementsJson(refusal, 'Verdict', 'ScannedAt', 'Gate'),
      ETicketAgeSeconds: refusal.eTicket?.ageSeconds ?? null,
      First: refusal.first && firstJson(refusal.first),
      ...elementsJson(refusal, 'OverriddenBy', 'OpenedAt'),
      Objection: objection && objectionJson(objection),
    };
  });
}

function objectionJson(code: OverrideObjection) {
  const { en, zh } = OBJECTIONS[code];
  return { Code: code, Words: en, WordsZh: zh };
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
      const by = { recordId: newRecordId(), at, operator, reason, opensByAnswer };
      const came = await overrideRefusal(store, RecordId, by);
      if (typeof came === 'string') throw new OperationRefused(came, OBJECTIONS[came]);
      return came;
    },
    outcome: (came) => ({ before: refusalJson(came.refusal), after: overriddenJson(came) }),
    answer: overriddenJson,
  });

/** The last refusals at this terminal, which supervisors may override. Scheme 5.3.2.3; reading R10. */
export function refusalsScreen(
  { now }: Pick<Service, 'now'>,
  { store, admitAnyway, reading }: { store: TerminalStore; admitAnyway: AdmitAnyway; reading: Reading },
): PageSet {
  return {
    name: 'refusals',
    screens: [{ path: '/refusals', permission: refusals.permission, label: refusals.title }],
    ...serveList(refusals, { store, admitAnyway }, reading),
    actions: serveOperation(overriding(admitAnyway), { ...{ store, now }, finish: admitAnyway.open }),
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
