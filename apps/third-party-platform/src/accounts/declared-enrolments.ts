import {
  accountChange,
  askedAlgorithm,
  askedCinemas,
  cinemaCodesIn,
  isOfNoOther,
  list,
  oneAccount,
  operation,
  shownCinemas,
  unlessBadKey,
} from '@ticket-check/admin';
import { ENROLMENT_ROW } from '@ticket-check/admin/account-row';
import {
  type AccountTables,
  algorithmNamed,
  createEnrolments,
  type EnrolmentTables,
  enrolmentText,
  type Issuer,
  type PendingEnrolment,
} from '@ticket-check/exchange';
import { wallClockAt } from '@ticket-check/protocol';
import type { Clock } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import { z } from 'zod';

type EnrolmentStore = Store<AccountTables & EnrolmentTables>;

const enrolmentRow = ({ username, cinemaCodes, createdBy, expiresAt }: PendingEnrolment) => ({
  Username: username,
  CinemaCodes: shownCinemas(cinemaCodes),
  CreatedBy: createdBy,
  GoodUntil: wallClockAt(expiresAt),
});

/** Accounts that terminals fetch with a code that works once. Reading E8. */
export function declaredEnrolments(now: Clock, issuer: () => Promise<Issuer>) {
  const of = (store: EnrolmentStore) => createEnrolments(store, now);
  const pendingOf = async (store: EnrolmentStore, name: string) =>
    (await of(store).pending()).find(({ username }) => username === name);
  return {
    enrolments: list({
      name: 'accounts/enrolments',
      rowsName: 'Enrolments',
      title: { zh: '等待终端领取的账号', en: 'Accounts that a terminal has still to fetch' },
      permission: 'service.manage',
      filters: {},
      row: ENROLMENT_ROW,
      place: z.never(),
      rowsAPage: 1000,
      async find(store: EnrolmentStore, { cinemas }) {
        const pending = await of(store).pending();
        return { rows: pending.filter((one) => isOfNoOther(one.cinemaCodes, cinemas)).map(enrolmentRow), next: null };
      },
    }),
    enrol: operation({
      ...accountChange,
      name: 'account enrol',
      title: { zh: '用二维码注册终端', en: 'Enrol a terminal by QR code' },
      says: 'print a one-time code and QR symbol for a terminal',
      input: oneAccount.extend({
        CinemaCodes: askedCinemas(cinemaCodesIn, 'the cinemas it may act for'),
        Algorithm: askedAlgorithm('what the terminal signs with'),
      }),
      cinemasOf: ({ CinemaCodes }) => CinemaCodes,
      prepare: issuer,
      async change(store: EnrolmentStore, { Username, CinemaCodes, Algorithm }, { actor, prepared }) {
        const { name: algorithm } = await unlessBadKey(async () => algorithmNamed(Algorithm, 'The enrolment'));
        const made = { username: Username, cinemaCodes: CinemaCodes, by: actor, algorithm };
        const { code, expiresAt } = await of(store).create(made);
        const Text = enrolmentText(prepared, { username: Username, code, algorithm });
        return { Username, Text, GoodUntil: wallClockAt(expiresAt) };
      },
      outcome: ({ GoodUntil }) => ({ expiresAt: GoodUntil }),
      answer: (made) => made,
    }),
    withdraw: operation({
      ...accountChange,
      name: 'account withdraw',
      title: { zh: '撤回注册码', en: 'Withdraw a code' },
      says: 'void the code of an account not yet fetched',
      destroys: ({ Username }) => Username,
      input: oneAccount,
      cinemasOf: async ({ Username }, store: EnrolmentStore) => (await pendingOf(store, Username))?.cinemaCodes ?? null,
      async preview(store: EnrolmentStore, { Username }) {
        const found = await pendingOf(store, Username);
        if (found === undefined) return null;
        const until = wallClockAt(found.expiresAt);
        return {
          zh: `1 个注册码立即失效，终端不能再用它领取账号 ${Username}。该注册码原有效至 ${until.replace('T', ' ')}。`,
          en: `1 code is void: no terminal fetches the account ${Username} with it any more. It would have been good until ${until}.`,
        };
      },
      change: (store: EnrolmentStore, { Username }) => of(store).withdraw(Username),
      outcome: (before) => ({ before: enrolmentRow(before) }),
      gone: {
        status: 410,
        zh: '没有此注册码：它已被使用、已过期或已撤回。已领取的账号请在列表中吊销。',
        en: 'No code for that account is good: it was used, has ended or was withdrawn. An account that was fetched is ended by `account revoke`.',
      },
    }),
  };
}
