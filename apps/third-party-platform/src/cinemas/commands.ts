import { type CinemaCode, ProtocolError, parseCinemaCode } from '@ticket-check/protocol';
import { CommandFailure, printResult } from '@ticket-check/runtime';
import type { Command } from 'commander';
import type { ServedCinemas } from './served-cinemas.ts';

/** Adds `cinema add` and `cinema list`. `withCinemas` opens the store for the time of one command. */
export function cinemaCommands(
  program: Command,
  withCinemas: (run: (cinemas: ServedCinemas) => Promise<void>) => Promise<void>,
): void {
  const cinema = program.command('cinema').description('the cinemas that this platform serves');

  cinema
    .command('add <code...>')
    .description('serve cinemas: their public keys are fetched from now on, also by the running service')
    .action((codes: string[]) => withCinemas((cinemas) => cinemas.add(codes.map(cinemaCodeOf))));

  cinema
    .command('list')
    .description('print the code of every served cinema, one a line')
    .action(() =>
      withCinemas(async (cinemas) => {
        for (const code of await cinemas.list()) printResult(code);
      }),
    );
}

function cinemaCodeOf(text: string): CinemaCode {
  try {
    return parseCinemaCode(text);
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    throw new CommandFailure(`${JSON.stringify(text)} is no cinema code: ${error.message}.`, { cause: error });
  }
}
