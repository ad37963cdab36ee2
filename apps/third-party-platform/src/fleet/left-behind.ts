import { wallClockAt } from '@ticket-check/protocol';
import type { Store } from '@ticket-check/storage';
import type { FleetTables } from './fleet-tables.ts';

/** In a sentence, how many check records the terminal of an account had still to report when it was last heard. */
export async function leftBehind({ db }: Store<FleetTables>, username: string): Promise<string> {
  const last = await db
    .selectFrom('terminalState')
    .select(['heardAt', 'state'])
    .where('account', '=', username)
    .executeTakeFirst();
  if (last === undefined) {
    return 'No terminal has told its state with it, so how many check records are still to be reported is not known.';
  }
  const { waiting, parked } = JSON.parse(last.state) as { waiting: number; parked: number };
  return `Its terminal said at ${wallClockAt(last.heardAt)} that ${waiting + parked} check records are still to be reported: report them first.`;
}
