import {
  type AccountParts,
  declaredAccounts,
  listCommand,
  operationCommand,
  type PageSet,
  type Reading,
  serveList,
  serveOperation,
  serveOperations,
} from '@ticket-check/admin';
import { qrSymbol } from '@ticket-check/admin/qr-symbol';
import type { AccountTables, EnrolmentTables, Issuer } from '@ticket-check/exchange';
import type { CommandStore, OperationTables } from '@ticket-check/operators';
import type { Clock } from '@ticket-check/runtime';
import { type Store, withTables } from '@ticket-check/storage';
import type { Command } from 'commander';
import QRCode from 'qrcode';
import type { ThirdPartyTables } from '../database.ts';
import { leftBehind } from '../fleet/load-fleet.ts';
import type { FleetTables } from '../fleet/terminal-states.ts';
import { declaredEnrolments } from './declared-enrolments.ts';

type AccountStore = Store<AccountTables & EnrolmentTables & FleetTables>;

/** What is done with accounts here: terminals and selling services have them. */
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
  const [all, waiting, ofOne] = [serveList(accounts, own, reading), serveList(enrolments, own), serveList(keys, own)];
  // `/account/…` is one's own.
  const parts = { store, now, under: '/accounts' };
  return {
    name: 'accounts',
    screens: [{ path: '/accounts', permission: accounts.permission, label: accounts.title }],
    json: [...all.json, ...waiting.json, ...ofOne.json, ...serveList(explained, own).json],
    live: [...all.live, ...waiting.live, ...ofOne.live],
    lists: all.lists,
    files: all.files,
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
