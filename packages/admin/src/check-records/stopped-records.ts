import {
  type CheckRecordTables,
  countParked,
  countQuarantined,
  createOutbox,
  createReversals,
  type Deadline,
  judgeCinemasAgain,
  listStopped,
  listSuspicious,
  type StatedRecord,
  type Suspicion,
} from '@ticket-check/check-records';
import type { OperationTables } from '@ticket-check/operators';
import { type CinemaCode, elementsJson, parseCinemaCode, parseWallClock, wallClockAt } from '@ticket-check/protocol';
import type { Clock, Service } from '@ticket-check/runtime';
import { pageOf, type Store } from '@ticket-check/storage';
import { z } from 'zod';
import { textOf } from '../asked.ts';
import { asked } from '../declared/field.ts';
import { cinemaFilter, cinemasOf, list, says, serveList } from '../declared/list.ts';
import { type By, operation, serveOperation } from '../declared/operation.ts';
import type { Reading } from '../declared/reading.ts';
import type { InEachLanguage } from '../language.ts';
import type { PageSet } from '../page.ts';
import { STOPPED_ROW, type StoppedRow, SUSPICIOUS_ROW } from './rows.ts';

type RecordsStore = Store<CheckRecordTables>;

/**
 * Records that are held up, and why: refused by the upstream (these can be sent again at once), quarantined, or not accepted
 * by their deadline. Readings R1, R3, R4.
 */
export const stoppedRecords = list({
  name: 'outbox',
  rowsName: 'Records',
  title: { zh: '未送达记录', en: 'Stopped records' },
  permission: 'records.read',
  filters: {
    kind: z
      .enum(['parked', 'quarantined', 'overdue'])
      .default('parked')
      .meta(says('未送达的原因', 'what holds them up')),
    cinema: cinemaFilter,
  },
  row: STOPPED_ROW,
  place: z.tuple([z.string(), z.string(), z.string()]).readonly(),
  rowsAPage: 50,
  async find({ store, deadline, now }: StoppedSource, { filters, cinemas, after, limit }) {
    const { kind } = filters;
    const { records, next } = await listStopped(store, {
      kind: kind === 'overdue' ? { deadline, at: wallClockAt(now()) } : kind,
      cinemas: cinemasOf({ filters, cinemas }),
      after,
      limit,
    });
    return { rows: records.map(stoppedRow), next };
  },
  file: {},
});

type StoppedSource = { readonly store: RecordsStore; readonly deadline: Deadline; readonly now: Clock };

function stoppedRow({ record, refused }: StatedRecord): StoppedRow {
  return {
    ...elementsJson(record, 'RecordId', 'CinemaCode', 'FilmTicketCode', 'StartTime', 'CheckTime', 'ReceivedAt'),
    ...(record.account !== '' && { Account: record.account }),
    ...(record.gate !== '' && { Gate: record.gate }),
    ErrorCode: refused?.errorCode ?? record.quarantine,
    ...(record.differences.length > 0 && { Differences: [...record.differences] }),
    ...(refused && elementsJson(refused, 'ErrorMessage', 'ParkedAt', 'NextAttemptAt', 'Attempts')),
  };
}

/** What is done for a cinema, or for all that are the operator's. */
const forCinemas = {
  permission: 'records.resolve',
  input: z.strictObject({
    CinemaCode: asked(textOf(parseCinemaCode).nullish(), { option: ['--cinema <code>', 'only of one cinema'] }),
  }),
  cinemasOf: ({ CinemaCode }: ForCinema) => (CinemaCode ? [CinemaCode] : ('own' as const)),
  what: () => ({}),
} as const;

type ForCinema = { readonly CinemaCode?: CinemaCode | null | undefined };

const recorded = (cinemas: By['cinemas']) => (cinemas === 'all' ? {} : { cinemaCodes: cinemas });

const whose = ({ CinemaCode }: ForCinema) =>
  CinemaCode
    ? { zh: `影院 ${CinemaCode}`, en: `cinema ${CinemaCode}` }
    : { zh: '您可以管理的全部影院', en: 'all cinemas that are yours' };

/** Sends refused records again at once. Reading R4. */
export const retryRefused = operation({
  ...forCinemas,
  name: 'records retry',
  title: { zh: '立即重新报送被拒收的记录', en: 'Send refused records again now' },
  says: 'retry parked records at once and print how many',
  async preview(store: RecordsStore, input, cinemas) {
    const [count, of] = [await countParked(store, cinemas), whose(input)];
    return {
      zh: `${of.zh}的 ${count} 条被拒收记录将立即重新报送；再次被拒收的留在此列表，一小时后自动重试。`,
      en: `Refused records of ${of.en} that are sent again at once: ${count}. Records refused again stay on this list and are tried again in an hour.`,
    };
  },
  change: (store: RecordsStore, _, { cinemas }) => createOutbox(store).retryParked(cinemas),
  outcome: (retried, { cinemas }) => ({ ...recorded(cinemas), retried }),
  answer: (Retried) => ({ Retried }),
});

/** Sends again what the upstream has lost since a time: records and undone entries. A command only: it may take hours. Reading X4. */
export const resendDelivered = operation({
  name: 'records resend',
  title: { zh: '重新报送已送达的记录', en: 'Send delivered records again' },
  says: 'send again what the platform above has lost since a time',
  permission: 'service.manage',
  input: z.strictObject({
    Since: asked(textOf(parseWallClock), {
      option: ['--since <time>', 'delivered at this time or later, YYYY-MM-DDThh:mm:ss'],
    }),
  }),
  cinemasOf: () => 'all',
  inParts: true,
  async change(store: RecordsStore, { Since }) {
    // First: none of the records is an entry up there that was undone.
    const reversals = await createReversals(store).resendSince(Since);
    return { resent: await createOutbox(store).resendSince(Since), reversals };
  },
  outcome: (came) => came,
  answer: ({ resent, reversals }) => ({ Resent: resent, Reversals: reversals }),
});

/** Has records judged again whose code no key opened. Readings R3, R6. */
export const judgeAllAgain = operation({
  ...forCinemas,
  name: 'records judge-again',
  title: { zh: '重新判断被隔离的记录', en: 'Judge quarantined records again' },
  says: 'judge records again that no key opened',
  async preview(store: RecordsStore, input, cinemas) {
    const [notGenuine, of] = [await countQuarantined(store, cinemas, 'CODE_NOT_GENUINE'), whose(input)];
    return {
      zh: `${of.zh}有 ${notGenuine} 条记录的票码，此前没有公钥能够验证。现在用各影院曾用过的全部公钥重新判断。通过的计为入场，有上级平台的继续报送；未通过的仍被隔离，原因照旧列出。`,
      en: `Records of ${of.en} whose code no key has opened: ${notGenuine}. They are judged again now, by every key that the cinema ever had. What passes counts as an entry and is sent on, where there is a platform above. What does not stays quarantined, with the reason.`,
    };
  },
  change: (store: RecordsStore, _, { cinemas }) => judgeCinemasAgain(store, cinemas),
  outcome: (judged, { cinemas }) => ({ ...recorded(cinemas), judged }),
  answer: (Judged) => ({ Judged }),
});

const ADVICE: Readonly<Record<Suspicion, InEachLanguage>> = {
  'utc-check-time': {
    zh: '检票时间（CheckTime）疑似为 UTC：请改为北京时间（UTC+8），不带时区。',
    en: 'CheckTime is probably in UTC: write Beijing time (UTC+8), without a zone.',
  },
  'fen-price': {
    zh: '票价（Price）疑似以分为单位：请改为以元为单位，如 45.00。',
    en: 'Price is probably in fen: write yuan, such as 45.00.',
  },
};

/** Accounts whose records count although their sender probably gets time or price wrong, and what to change. Readings T1, R6. */
export const suspiciousRecords = list({
  name: 'suspicious',
  rowsName: 'Accounts',
  title: { zh: '可疑记录', en: 'Suspicious records' },
  permission: 'records.read',
  filters: { cinema: cinemaFilter },
  row: SUSPICIOUS_ROW,
  place: z.tuple([z.string(), z.string()]).readonly(),
  rowsAPage: 200,
  live: 'none',
  async find(store: RecordsStore, { filters, cinemas, after, limit }) {
    const found = await listSuspicious(store, { cinemas: cinemasOf({ filters, cinemas }), after, limit: limit + 1 });
    const { page, next } = pageOf(found, limit, ({ account, kind }) => [account, kind] as const);
    const rows = page.map(({ account, kind, records, latestAt }) => ({
      Username: account,
      Kind: kind,
      Records: records,
      LatestAt: latestAt,
      Advice: ADVICE[kind].en,
      AdviceZh: ADVICE[kind].zh,
    }));
    return { rows, next };
  },
});

const permission = 'records.read' as const;

/** Records that are held up, for supervisors to send again. Readings R1, R3, R4. */
export function outboxPages(
  { now }: Pick<Service, 'now'>,
  options: {
    readonly store: Store<CheckRecordTables & OperationTables>;
    readonly deadline: Deadline;
    readonly reading: Reading;
    /** Records are due to be sent. */
    readonly wake: () => void;
  },
): PageSet {
  const { store, deadline, reading, wake } = options;
  return {
    ...serveList(stoppedRecords, { store, deadline, now }, reading),
    name: 'outbox',
    screens: [{ path: '/outbox', permission, label: stoppedRecords.title }],
    counts: [
      {
        path: '/outbox',
        permission,
        count: async (cinemas) => (await countParked(store, cinemas)) + (await countQuarantined(store, cinemas)),
      },
    ],
    actions: serveOperation(retryRefused, { store, now, under: '/outbox', done: wake }),
  };
}

/** Judges those quarantined records of a cinema again whose code no key opened, and lists accounts with suspicious ones. Readings R3, R6. */
export function quarantinePages(
  { now }: Pick<Service, 'now'>,
  store: Store<CheckRecordTables & OperationTables>,
): PageSet {
  return {
    name: 'quarantine',
    json: serveList(suspiciousRecords, store).json,
    actions: serveOperation(judgeAllAgain, { store, now, under: '/quarantine' }),
  };
}
