import { createEnrolments, enrolmentText, type Issuer, type PendingEnrolment } from '@ticket-check/exchange';
import { type CommandStore, cinemasOf, YES } from '@ticket-check/operators';
import { wallClockAt } from '@ticket-check/protocol';
import { type Clock, ExpectedError, printNotice, printResult } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import type { Command } from 'commander';
import type { ThirdPartyTables } from '../database.ts';

/** A pending enrolment, without its code. */
export function enrolmentJson({ username, cinemaCodes, createdBy, expiresAt }: PendingEnrolment) {
  return {
    Username: username,
    CinemaCodes: cinemaCodes === 'all' ? ['*'] : cinemaCodes,
    CreatedBy: createdBy,
    GoodUntil: wallClockAt(expiresAt),
  };
}

type Options = { cinemas?: string; allCinemas?: boolean };

/** Adds `account enrol`, a code that works once, with which a terminal fetches its account, and `enrolments` and `withdraw` for those that are still good. Reading E8. */
export function enrolCommand(
  account: Command,
  { store, issuer, now }: { store: CommandStore<ThirdPartyTables>; issuer: () => Promise<Issuer>; now: Clock },
): void {
  account
    .command('enrol <username>')
    .description('print a one-time code and QR symbol for a terminal')
    .option('--cinemas <codes>', 'the cinemas it may act for, separated by commas')
    .option('--all-cinemas', 'it may act for every cinema')
    .action(async (username: string, options: Options, command: Command) => {
      const cinemaCodes = cinemasOf(options, command);
      const issuedBy = await issuer();
      const { code, expiresAt } = await store.change(
        {
          name: 'account enrol',
          what: { username, cinemaCodes },
          needs: 'service.manage',
          cinemaCodes: cinemaCodes === 'all' ? undefined : cinemaCodes,
        },
        (opened, operator) => createEnrolments(opened, now).create({ username, cinemaCodes, by: operator }),
        (made) => ({ expiresAt: wallClockAt(made.expiresAt) }),
      );
      const text = enrolmentText(issuedBy, { username, code });
      printResult(JSON.stringify({ Username: username, Text: text, GoodUntil: wallClockAt(expiresAt) }));
      printNotice(await symbolFor(text));
      printNotice('At the terminal run `upstream enrol -` and scan this symbol, or type the text. It works once.');
    });

  account
    .command('enrolments')
    .description('list valid codes (not the code itself)')
    .action(() =>
      store.read(async (opened) => {
        for (const pending of await createEnrolments(opened, now).pending()) {
          printResult(JSON.stringify(enrolmentJson(pending)));
        }
      }),
    );

  account
    .command('withdraw <username>')
    .description('void the code of an account not yet fetched')
    .option(...YES)
    .action(async (username: string, { yes }: { yes?: true }) => {
      const find = (opened: Store<ThirdPartyTables>) =>
        createEnrolments(opened, now)
          .pending()
          .then((all) => all.find((one) => one.username === username));
      const found = await store.read(find);
      await store.change(
        {
          name: 'account withdraw',
          what: { username },
          needs: 'service.manage',
          cinemaCodes: found === undefined || found.cinemaCodes === 'all' ? undefined : found.cinemaCodes,
          destroys: {
            name: username,
            yes,
            says: async () =>
              found === undefined
                ? null
                : `1 code is void: no terminal fetches the account ${username} with it any more. It would have been good until ${wallClockAt(found.expiresAt)}.`,
          },
        },
        async (opened) => {
          const withdrawn = await createEnrolments(opened, now).withdraw(username);
          if (withdrawn !== null) return withdrawn;
          throw new ExpectedError(
            `No code for ${username} is good: it was used, has ended or was withdrawn. An account that was fetched is ended by \`account revoke\`.`,
          );
        },
        (before) => ({ before: enrolmentJson(before) }),
      );
    });
}

/** A QR symbol of block characters, for a dark terminal window: what is printed is the light parts. */
async function symbolFor(text: string): Promise<string> {
  // All other commands start sooner without it.
  const { toString: symbolOf } = await import('qrcode');
  return symbolOf(text, {
    type: 'utf8',
    errorCorrectionLevel: 'M',
    color: { dark: '#ffffff', light: '#000000' },
  });
}
