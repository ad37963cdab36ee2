import { cinemasOf, createEnrolments, enrolmentText, type Issuer } from '@ticket-check/exchange';
import type { CommandStore } from '@ticket-check/operators';
import { wallClockAt } from '@ticket-check/protocol';
import { type Clock, printNotice, printResult } from '@ticket-check/runtime';
import type { Command } from 'commander';
import type { ThirdPartyTables } from '../migrations.ts';

type Options = { cinemas?: string; allCinemas?: boolean };

/** Adds `account enrol`: a code that works once, with which a terminal fetches its account. Reading E8. */
export function enrolCommand(
  account: Command,
  { store, issuer, now }: { store: CommandStore<ThirdPartyTables>; issuer: () => Promise<Issuer>; now: Clock },
): void {
  account
    .command('enrol <username>')
    .description('print a code with which a terminal fetches its account, once within an hour, and its QR symbol')
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
      const text = enrolmentText(issuedBy, code);
      printResult(JSON.stringify({ Username: username, Text: text, GoodUntil: wallClockAt(expiresAt) }));
      printNotice(await symbolFor(text));
      printNotice('At the terminal run `upstream enrol -` and scan this symbol, or type the text. It works once.');
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
