import {
  type AccountParts,
  accountChange,
  askedAlgorithm,
  askedCinemas,
  cinemaCodesIn,
  declaredAccounts,
  isOfNoOther,
  list,
  listCommand,
  oneAccount,
  operation,
  operationCommand,
  type PageSet,
  type Reading,
  servedTogether,
  serveList,
  serveOperation,
  serveOperations,
  shownCinemas,
  unlessBadKey,
} from '@ticket-check/admin';
import { ENROLMENT_ROW } from '@ticket-check/admin/account-row';
import { qrSymbol } from '@ticket-check/admin/qr-symbol';
import {
  type AccountTables,
  algorithmNamed,
  createEnrolments,
  type EnrolmentTables,
  enrolmentText,
  type Issuer,
  type PendingEnrolment,
} from '@ticket-check/exchange';
import type { CommandStore, OperationTables } from '@ticket-check/operators';
import { wallClockAt } from '@ticket-check/protocol';
import type { Clock } from '@ticket-check/runtime';
import { type Store, withTables } from '@ticket-check/storage';
import type { Command } from 'commander';
import QRCode from 'qrcode';
import type { ThirdPartyTables } from '../database.ts';
import { leftBehind } from '../fleet/load-fleet.ts';
import type { FleetTables } from '../fleet/terminal-states.ts';

type EnrolmentStore = Store<AccountTables & EnrolmentTables>;

const enrolmentRow = ({ username, cinemaCodes, createdBy, expiresAt }: PendingEnrolment) => ({
  Username: username,
  CinemaCodes: shownCinemas(cinemaCodes),
  CreatedBy: createdBy,
  GoodUntil: wallClockAt(expiresAt),
});

/** Accounts that terminals fetch with a code that works once. Reading E8. */
function declaredEnrolments(now: Clock, issuer: () => Promise<Issuer>) {
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
      async find(store: EnrolmentStore, { cinemas }) {
        const pending = await of(store).pending();
        return { rows: pending.filter((one) => isOfNoOther(one.cinemaCodes, cinemas)).map(enrolmentRow) };
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
        const { code, expiresAt } = await of(store).create({
          username: Username,
          cinemaCodes: CinemaCodes,
          by: actor,
          algorithm,
        });
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

type AccountStore = Store<AccountTables & EnrolmentTables & FleetTables>;

export const accountParts = (now: Clock, issuer: () => Promise<Issuer>): AccountParts => ({
  ...{ now, issuer, others: 'seller' },
  leaves: (opened, username) => leftBehind(opened as AccountStore, username),
});

/** The accounts of terminals and selling services: who has one; issuing, ending and binding them; which replaces which. Readings E8, C5. */
export function accountsScreen(
  reading: Reading,
  {
    store,
    issuer,
  }: { store: Store<AccountTables & EnrolmentTables & FleetTables & OperationTables>; issuer: () => Promise<Issuer> },
): PageSet {
  const { now } = reading;
  const declared = declaredAccounts(accountParts(now, issuer));
  const { accounts, keys, explained, add, revoke, rebind, name, replaces, messages } = declared;
  const { enrolments, enrol, withdraw } = declaredEnrolments(now, issuer);
  const own: AccountStore = withTables(store);
  const others = [serveList(enrolments, own), serveList(keys, own), serveList(explained, own)];
  // `/account/…` is one's own.
  const parts = { store, now, under: '/accounts' };
  const listed = serveList(accounts, own, reading);
  return {
    name: 'accounts',
    screens: [{ path: '/accounts', permission: accounts.permission, label: accounts.title }],
    ...servedTogether([listed, ...others]),
    // What else the screen shows follows that list's topic.
    lists: listed.lists,
    actions: [
      ...serveOperation(enrol, {
        ...parts,
        async finish({ Text }) {
          const { size, path } = qrSymbol(Text);
          return { Symbol: { Size: size, Path: path } };
        },
      }),
      ...serveOperations([add, withdraw, revoke, rebind, name, replaces, messages], parts),
    ],
  };
}

/** Adds `account enrol`, a code that works once, with which a terminal fetches its account, and `enrolments` and `withdraw` for those that are still good. Reading E8. */
export function enrolCommands(
  account: Command,
  { store, issuer, now }: { store: CommandStore<ThirdPartyTables>; issuer: () => Promise<Issuer>; now: Clock },
): void {
  const { enrolments, enrol, withdraw } = declaredEnrolments(now, issuer);
  const parts = { store, now };
  operationCommand(account, enrol, {
    ...parts,
    notice: async ({ Text }) =>
      `${await QRCode.toString(Text, ON_DARK)}\nAt the terminal run \`upstream enrol -\` and scan this symbol, or type the text. It works once.`,
  });
  listCommand(account, enrolments, {
    ...{ store, source: withTables<ThirdPartyTables, AccountTables & EnrolmentTables & FleetTables>, isQuiet: true },
    command: 'enrolments',
    description: 'list valid codes (not the code itself)',
  });
  operationCommand(account, withdraw, parts);
}

/** A symbol of block characters, for a dark terminal window: what is printed is the light parts. */
const ON_DARK = {
  type: 'utf8',
  errorCorrectionLevel: 'M',
  color: { dark: '#ffffff', light: '#000000' },
} as const;
