import type { InEachLanguage } from '@ticket-check/admin';
import { wallClockAt } from '@ticket-check/protocol';
import type { Store } from '@ticket-check/storage';
import type { FleetTables } from './terminal-states.ts';

/** In a sentence, how many check records the terminal of an account had still to report when it was last heard. */
export async function leftBehind({ db }: Store<FleetTables>, username: string): Promise<InEachLanguage> {
  const last = await db
    .selectFrom('terminalState')
    .select(['heardAt', 'state'])
    .where('account', '=', username)
    .executeTakeFirst();
  if (last === undefined) {
    return {
      zh: '终端没有上报过状态，尚有多少检票记录未送达无从得知。',
      en: 'No terminal has told its state with it, so how many check records are still to be reported is not known.',
    };
  }
  const { waiting, parked } = JSON.parse(last.state) as { waiting: number; parked: number };
  const at = wallClockAt(last.heardAt);
  if (waiting + parked === 0) {
    return {
      zh: `终端在 ${at.replace('T', ' ')} 说明检票记录已全部送达。`,
      en: `Its terminal said at ${at} that all its check records are reported.`,
    };
  }
  return {
    zh: `终端在 ${at.replace('T', ' ')} 说明尚有 ${waiting + parked} 条检票记录未送达：请先上报。`,
    en: `Its terminal said at ${at} that ${waiting + parked} check records are still to be reported: report them first.`,
  };
}
