import { cinemaOption, readable } from '@ticket-check/admin';
import type { ChangeTables } from '@ticket-check/check-records';
import { type CommandStore, YES } from '@ticket-check/operators';
import { parseFilmTicketCode, parseWallClock, wallClockAt } from '@ticket-check/protocol';
import { type Clock, ExpectedError, printResult } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import { type Command, Option } from 'commander';
import type { ClaimTables } from '../claims/claim-tables.ts';
import type { ETicketTables } from './e-ticket-tables.ts';
import { createETicketKeys, keyJson } from './keys/e-ticket-keys.ts';
import { signingKey } from './keys/key-plan.ts';
import { findPickUp, pickUpJson, undoPickUp } from './pick-ups.ts';

/** Adds `eticket-key list`, `rotate` and `revoke`. Reading C5. */
export function eTicketKeyCommands(
  program: Command,
  { store, now }: { store: CommandStore<ETicketTables>; now: Clock },
): void {
  const keys = program.command('eticket-key').description('manage the keys that sign e-tickets');

  keys
    .command('list')
    .description('list keys, newest first (public halves only)')
    .action(() =>
      store.read(async (opened) => {
        const rows = await createETicketKeys(opened, now).list();
        const signing = signingKey(rows, now())?.keyId ?? null;
        for (const row of rows) printResult(JSON.stringify({ ...keyJson(row), Signs: row.keyId === signing }));
      }),
    );

  keys
    .command('rotate')
    .description('make the next key now; it signs from tomorrow on')
    .action(async () => {
      const made = await store.change(
        { name: 'eticket-key rotate', what: {}, needs: 'service.manage' },
        (opened) => createETicketKeys(opened, now).rotate(),
        (row) => keyJson(row),
      );
      printResult(JSON.stringify(keyJson(made)));
    });

  keys
    .command('revoke <id>')
    .description('revoke a key for good, as after a leak; another one signs')
    .option(...YES)
    .action(async (keyId: string, { yes }: { yes?: true }) => {
      const says = (opened: Store<ETicketTables>) => whatRevokingDoes(opened, now, keyId);
      const came = await store.change(
        {
          name: 'eticket-key revoke',
          what: { keyId },
          needs: 'service.manage',
          destroys: { name: keyId, yes, says },
        },
        (opened) => createETicketKeys(opened, now).revoke(keyId),
        (came) => ({ revokedAt: wallClockAt(came.revokedAt), made: came.made }),
      );
      printResult(JSON.stringify({ KeyId: keyId, RevokedAt: wallClockAt(came.revokedAt), Made: came.made }));
    });
}

type Named = { cinema: string; ticket: string; start: string; reason: string; yes?: true };

/** Adds `pick-up undo`. Reading C5. */
export function pickUpCommands(
  program: Command,
  { store }: { store: CommandStore<ETicketTables & ClaimTables & ChangeTables> },
): void {
  const ticketCode = new Option('--ticket <code>', 'its FilmTicketCode').argParser(readable(parseFilmTicketCode));
  const start = new Option('--start <time>', 'its StartTime').argParser(readable(parseWallClock));
  program
    .command('pick-up')
    .description('work with paper pick-ups')
    .command('undo')
    .description('undo a paper pick-up: the e-ticket is live again')
    .addOption(cinemaOption().makeOptionMandatory())
    .addOption(ticketCode.makeOptionMandatory())
    .addOption(start.makeOptionMandatory())
    .requiredOption('--reason <text>', 'why, for the audit')
    .option(...YES)
    .action(async ({ cinema: cinemaCode, ticket: filmTicketCode, start: startTime, reason, yes }: Named) => {
      const ticket = { cinemaCode, filmTicketCode, startTime };
      const says = async ({ db }: Store<ETicketTables & ClaimTables & ChangeTables>) =>
        (await findPickUp(db, ticket)) === null
          ? null
          : `The ticket ${filmTicketCode} on paper is refused from then on, and its e-ticket admits, where it has one.`;
      const undone = await store.change(
        {
          name: 'pick-up undo',
          what: { reason, ...ticket },
          needs: 'entries.undo',
          cinemaCodes: [cinemaCode],
          destroys: { name: filmTicketCode, yes, says },
        },
        async (opened) => {
          const pickUp = await undoPickUp(opened, ticket);
          if (pickUp === null) throw new ExpectedError('No pick-up of this ticket is recorded here.');
          return pickUp;
        },
        (before) => ({ before }),
      );
      printResult(JSON.stringify(pickUpJson(undone)));
    });
}

/** What `eticket-key revoke` is about to do; null if there is no such key, or it was revoked. */
async function whatRevokingDoes(store: Store<ETicketTables>, now: Clock, keyId: string): Promise<string | null> {
  const rows = await createETicketKeys(store, now).list();
  const row = rows.find((key) => key.keyId === keyId);
  if (row === undefined || row.revokedAt !== null) return null;
  const refused = `Codes that the key ${keyId} signed are refused at every gate that hears of it, at once and for good.`;
  if (signingKey(rows, now())?.keyId !== keyId) return `${refused} It signs no codes at present.`;
  return `${refused} It signs at present: another key signs from then on, and pages show its codes by themselves.`;
}
