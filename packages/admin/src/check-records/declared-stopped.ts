import {
  type CheckRecordTables,
  column,
  columns,
  countParked,
  countQuarantined,
  createOutbox,
  type Deadline,
  judgeCinemasAgain,
  listStopped,
  type StatedRecord,
} from '@ticket-check/check-records';
import { type CinemaCode, parseCinemaCode, wallClockAt } from '@ticket-check/protocol';
import type { Clock } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import { z } from 'zod';
import { textOf } from '../asked.ts';
import { asked } from '../declared/field.ts';
import { cinemaFilter, cinemasOf, list } from '../declared/list.ts';
import { type By, operation } from '../declared/operation.ts';
import { STOPPED_ROW, type StoppedRow } from './rows.ts';

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
    kind: z.enum(['parked', 'quarantined', 'overdue']).default('parked').describe('what holds them up'),
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
  file: {
    columns: () => [
      ...columns('RecordId', 'CinemaCode'),
      column('FilmTicketCode', '电影票编码', 'Ticket'),
      column('StartTime', '场次时间', 'Session'),
      column('CheckTime', '检票时间', 'Checked at'),
      column('Account', '账号', 'Account'),
      column('Gate', '检票口', 'Gate'),
      column('ReceivedAt', '收到时间', 'Received at'),
      column('ErrorCode', '原因代码', 'Reason'),
      column('ErrorMessage', '上级平台的说明', 'What the upstream said'),
      column('Attempts', '报送次数', 'Attempts'),
      column('NextAttemptAt', '下次报送', 'Next attempt'),
    ],
  },
});

type StoppedSource = { readonly store: RecordsStore; readonly deadline: Deadline; readonly now: Clock };

function stoppedRow({ record, refused }: StatedRecord): StoppedRow {
  return {
    RecordId: record.recordId,
    CinemaCode: record.cinemaCode,
    FilmTicketCode: record.filmTicketCode,
    StartTime: record.startTime,
    CheckTime: record.checkTime,
    ...(record.account !== '' && { Account: record.account }),
    ...(record.gate !== '' && { Gate: record.gate }),
    ReceivedAt: record.receivedAt,
    ErrorCode: refused?.errorCode ?? record.quarantine,
    ...(record.differences.length > 0 && { Differences: [...record.differences] }),
    ...(refused !== null && {
      ErrorMessage: refused.errorMessage,
      ParkedAt: refused.parkedAt,
      NextAttemptAt: refused.nextAttemptAt,
      Attempts: refused.attempts,
    }),
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

/** The cinemas in words. */
const whose = ({ CinemaCode }: ForCinema) =>
  CinemaCode
    ? { zh: `影院 ${CinemaCode}`, en: `cinema ${CinemaCode}` }
    : { zh: '您可以管理的全部影院', en: 'all cinemas that are yours' };

const countOf = (count: number, one: string, many: string) => (count === 1 ? `1 ${one}` : `${count} ${many}`);

/** Sends refused records again at once. Reading R4. */
export const retryRefused = operation({
  ...forCinemas,
  name: 'records retry',
  title: { zh: '立即重新报送被拒收的记录', en: 'Send refused records again now' },
  says: 'retry parked records at once and print how many',
  async preview(store: RecordsStore, input, cinemas) {
    const [count, of] = [await countParked(store, cinemas), whose(input)];
    if (count === 0) {
      return {
        zh: `${of.zh}没有被拒收的记录，无需重新报送。`,
        en: `No record of ${of.en} was refused. There is nothing to send again.`,
      };
    }
    return {
      zh: `${of.zh}的 ${count} 条被拒收记录将立即重新报送；再次被拒收的留在此列表，一小时后自动重试。`,
      en: `${countOf(count, 'refused record', 'refused records')} of ${of.en} ${count === 1 ? 'is' : 'are'} sent again at once. Records refused again stay on this list and are tried again in an hour.`,
    };
  },
  change: (store: RecordsStore, _, { cinemas }) => createOutbox(store).retryParked(cinemas),
  outcome: (retried, { cinemas }) => ({ ...recorded(cinemas), retried }),
  answer: (Retried) => ({ Retried }),
});

/** Has records judged again whose code no key opened. Readings R3, R6. */
export const judgeAllAgain = operation({
  ...forCinemas,
  name: 'records judge-again',
  title: { zh: '重新判断被隔离的记录', en: 'Judge quarantined records again' },
  says: 'judge records again that no key opened',
  async preview(store: RecordsStore, input, cinemas) {
    const [notGenuine, of] = [await countQuarantined(store, cinemas, 'CODE_NOT_GENUINE'), whose(input)];
    if (notGenuine === 0) {
      return {
        zh: `${of.zh}没有因无公钥可验证而被隔离的记录，无需重新判断。`,
        en: `Of ${of.en}, no record is quarantined for want of a key. There is nothing to judge again.`,
      };
    }
    return {
      zh: `${of.zh}有 ${notGenuine} 条记录的票码，此前没有公钥能够验证。现在用各影院曾用过的全部公钥重新判断这 ${notGenuine} 条。通过的计为入场，有上级平台的继续报送；未通过的仍被隔离，原因照旧列出。`,
      en: `Of ${of.en}, no key has opened the codes of ${countOf(notGenuine, 'record', 'records')}. ${notGenuine === 1 ? 'It is' : 'They are'} judged again now, by every key that the cinema ever had. What passes counts as an entry and is sent on, where there is a platform above. What does not stays quarantined, with the reason.`,
    };
  },
  change: (store: RecordsStore, _, { cinemas }) => judgeCinemasAgain(store, cinemas),
  outcome: (judged, { cinemas }) => ({ ...recorded(cinemas), judged }),
  answer: (Judged) => ({ Judged }),
});
