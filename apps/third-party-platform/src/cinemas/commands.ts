import { type CinemaCode, ProtocolError, parseCinemaCode } from '@ticket-check/protocol';
import { printResult } from '@ticket-check/runtime';
import { type Command, InvalidArgumentError } from 'commander';
import type { ServedCinemas } from './served-cinemas.ts';

/** Adds `cinema add` and `cinema list`. `withCinemas` opens the store for the time of one command. */
export function cinemaCommands(
  program: Command,
  withCinemas: (run: (cinemas: ServedCinemas) => Promise<void>) => Promise<void>,
): void {
  const cinema = program.command('cinema').description('the cinemas that this platform serves');

  cinema
    .command('add')
    .argument('<code...>', 'cinema codes of 8 characters', cinemaCodesOf)
    .description('serve cinemas: their public keys are fetched from now on, also by the running service')
    .action((codes: CinemaCode[]) => withCinemas((cinemas) => cinemas.add(codes)));

  cinema
    .command('list')
    .description('print the code of every served cinema, one a line')
    .action(() =>
      withCinemas(async (cinemas) => {
        for (const code of await cinemas.list()) printResult(code);
      }),
    );
}

/** Commander hands over one code at a time, with those before it. */
function cinemaCodesOf(text: string, before: CinemaCode[] | undefined): CinemaCode[] {
  try {
    return [...(before ?? []), parseCinemaCode(text)];
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    throw new InvalidArgumentError(`${error.message}.`);
  }
}
