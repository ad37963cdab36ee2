import type { CommandStore } from '@ticket-check/operators';
import { type CinemaCode, ProtocolError, parseCinemaCode } from '@ticket-check/protocol';
import { printResult } from '@ticket-check/runtime';
import { type Command, InvalidArgumentError } from 'commander';
import type { CinemaTables } from './cinema-tables.ts';
import { createServedCinemas } from './served-cinemas.ts';

/** Adds `cinema add` and `cinema list`. */
export function cinemaCommands(program: Command, store: CommandStore<CinemaTables>): void {
  const cinema = program.command('cinema').description('manage the cinemas of this platform');

  cinema
    .command('add')
    .argument('<code...>', 'cinema codes of 8 characters', cinemaCodesOf)
    .description('serve cinemas and fetch their public keys')
    .action(async (cinemaCodes: CinemaCode[]) => {
      await store.change(
        { name: 'cinema add', what: { cinemaCodes }, needs: 'service.manage', cinemaCodes },
        async (opened) => {
          const served = createServedCinemas(opened);
          const before = await served.list();
          await served.add(cinemaCodes);
          return { before: { cinemaCodes: before }, after: { cinemaCodes: await served.list() } };
        },
        (came) => came,
      );
    });

  cinema
    .command('list')
    .description('list the codes of served cinemas')
    .action(() =>
      store.read(async (opened) => {
        for (const code of await createServedCinemas(opened).list()) printResult(code);
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
