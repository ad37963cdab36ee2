import { businessDay } from '@ticket-check/protocol';
import { readNationalSettings } from '../../../apps/national-platform/src/config.ts';
import { openDatabase as openNationalDatabase } from '../../../apps/national-platform/src/database.ts';
import { readThirdPartySettings } from '../../../apps/third-party-platform/src/config.ts';
import { openDatabase } from '../../../apps/third-party-platform/src/database.ts';
import { openClaims } from '../senders.ts';
import { CINEMA } from '../tickets.ts';
import { dateBefore } from './large-store.ts';
import type { MeasuredConsole } from './measured-console.ts';
import { auditQuestions, fileQuestions, recordQuestions, reportQuestions } from './questions.ts';
import { addSessions } from './sessions.ts';
import { addTerminals, thirdPartyFilling } from './third-party-store.ts';

const FILTERS = {
  'one terminal': 'terminal=terminal-7-1',
  'one gate of that name': 'gate=gate-2',
  'one screen': 'screen=0003000000000000',
  'one film': 'film=001100000012',
  refused: 'state=PARKED',
  'waiting, of which there are none': 'state=WAITING',
  quarantined: 'state=QUARANTINED',
  'a ticket that there is not': 'ticket=9999999999999999',
  'a terminal that there is not': 'terminal=nobody',
  'a gate that there is not': 'gate=nowhere',
  'a cinema’s refused': `state=PARKED&cinema=${CINEMA}`,
};
const LIVE_LISTS = ['topic=fleet&q=', 'topic=worklist&cinema=', 'topic=outbox&kind=parked&cinema='];

/** The console of a third-party platform: what a claim waits beside it. */
export const thirdPartyConsole: MeasuredConsole = {
  role: 'third-party-platform',
  filling: thirdPartyFilling,
  permissions: 'records.read,fleet.read,audit.read,service.manage',
  tickets: 30_000,

  /** Terminals and what they told, people who are logged in, and one cinema's day at the national platform too. */
  async prepare({ thirdParty, national }, shape, env) {
    const store = await openDatabase(readThirdPartySettings({ ...env, DATA_DIR: thirdParty.directory }));
    const above = await openNationalDatabase(readNationalSettings({ DATA_DIR: national.directory }));
    try {
      await addTerminals(store, shape);
      const { from, until } = businessDay(dateBefore(2));
      const records = await store.db
        .selectFrom('checkRecord')
        .selectAll()
        .where('checkTime', '>=', from)
        .where('checkTime', '<', until)
        .where('cinemaCode', '=', CINEMA)
        .execute();
      for (let first = 0; first < records.length; first += 500) {
        await above.db
          .insertInto('checkRecord')
          .values(records.slice(first, first + 500))
          .execute();
      }
      return await addSessions(store);
    } finally {
      await store.close();
      await above.close();
    }
  },

  senders: async (platforms) => [['claims', await openClaims(platforms, 'terminal')]],

  questions(asked) {
    const { asIs } = asked;
    const span = (days: number) => `since=${dateBefore(days)}&until=${dateBefore(1)}`;
    const day = (days: number) => `businessDate=${dateBefore(days)}&cinema=${CINEMA}`;
    return [
      ['today.json', asIs('/today.json')],
      ['fleet.json, 901 terminals', asIs('/fleet.json')],
      ['accounts.json', asIs('/accounts.json')],
      ['worklist.json', asIs('/worklist.json')],
      ['worklist.json, noted', asIs('/worklist.json?state=noted')],
      ['worklist.json, a cinema’s', asIs(`/worklist.json?cinema=${CINEMA}`)],
      ['outbox.json', asIs('/outbox.json?kind=parked')],
      ['outbox.json, quarantined', asIs('/outbox.json?kind=quarantined')],
      ...auditQuestions(asked),
      ...recordQuestions(asked, FILTERS),
      ...reportQuestions(asked),
      ['completeness.json, a week of all', asIs(`/completeness.json?${span(7)}`)],
      ['completeness.json, a week of a cinema', asIs(`/completeness.json?${span(7)}&cinema=${CINEMA}`)],
      ['completeness.json, 30 days of a cinema', asIs(`/completeness.json?${span(30)}&cinema=${CINEMA}`)],
      ['reconciliation.json, a cinema’s day, equal', asIs(`/reconciliation.json?${day(2)}`)],
      ['reconciliation.json, all missing above', asIs(`/reconciliation.json?${day(3)}`)],
      ...fileQuestions(asked),
    ];
  },

  listeners: ({ firstCinema }) => [
    ['open consoles', () => 'topic=today'],
    ['live lists, each another', (n) => `${LIVE_LISTS[n % LIVE_LISTS.length]}${firstCinema + n}`],
  ],
  besideListeners: ['today.json', '/today.json'],
};
