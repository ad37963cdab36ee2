import { readNationalSettings } from '../../../apps/national-platform/src/config.ts';
import { openDatabase } from '../../../apps/national-platform/src/database.ts';
import { openClaims, openReports } from '../senders.ts';
import { CINEMA } from '../tickets.ts';
import { dateBefore, type LargeStore } from './large-store.ts';
import type { MeasuredConsole } from './measured-console.ts';
import { DAYS_OF_TICKETS, DIFFERING_DAYS_AGO, EQUAL_DAYS_AGO, nationalFilling } from './national-store.ts';
import { auditQuestions, fileQuestions, recordQuestions, reportQuestions } from './questions.ts';
import { addSessions } from './sessions.ts';

const FILTERS = {
  'one platform': 'account=platform-1',
  'one gate of that name': 'gate=gate-2',
  'one screen': 'screen=0003000000000000',
  'one film': 'film=001100000012',
  quarantined: 'state=QUARANTINED',
  'a ticket that there is not': 'ticket=9999999999999999',
  'a platform that there is not': 'account=nobody',
  'a gate that there is not': 'gate=nowhere',
  'a cinema’s, kept aside': `state=QUARANTINED&cinema=${CINEMA}`,
};
const LIVE_LISTS = ['topic=records&cinema=', 'topic=report&cinema=', 'topic=completeness&cinema='];
const TICKETS_OF_EACH = 30_000;

/** The console of a national platform: what claims below it wait, whose tickets are asked about here, and what single reports wait. */
export const nationalConsole: MeasuredConsole = {
  role: 'national-platform',
  filling: nationalFilling,
  permissions: 'records.read,cinemas.read,tickets.read,audit.read',
  tickets: 2 * TICKETS_OF_EACH,

  /** People who are logged in. */
  async prepare({ national }, _shape, env) {
    const store = await openDatabase(readNationalSettings({ ...env, DATA_DIR: national.directory }));
    try {
      return await addSessions(store);
    } finally {
      await store.close();
    }
  },

  senders: async (platforms) => [
    ['claims', await openClaims(platforms, 'terminal')],
    ['reports', await openReports(platforms, TICKETS_OF_EACH)],
  ],

  questions(asked) {
    const { asIs, ofADay, firstCinema } = asked;
    const ofCinema = { cinema: CINEMA };
    const compared = (days: number, more = '') => `/reconciliation.json?businessDate=${dateBefore(days)}${more}`;
    const ofTickets = (more: Record<string, string>) =>
      asIs(`/tickets.json?${new URLSearchParams({ ...ofCinema, ...more })}`);
    const { start, ticket } = someTicket(asked);
    return [
      ['platforms.json', asIs('/platforms.json')],
      ['platforms.json, a day', ofADay('/platforms.json')],
      [
        'platforms.json, one with its 50 cinemas',
        ofADay('/platforms.json', { platform: 'platform-1' }, DAYS_OF_TICKETS - 1),
      ],
      ['intake.json', asIs('/intake.json')],
      ['intake.json, a day', ofADay('/intake.json')],
      ['cinemas.json', asIs('/cinemas.json')],
      ['cinemas.json, deep', asIs(`/cinemas.json?after=${firstCinema + 200}`)],
      ['cinemas.json, one', asIs(`/cinemas.json?cinema=${CINEMA}`)],
      ['tickets.json, a cinema’s sessions of a day', ofADay('/tickets.json', ofCinema, DAYS_OF_TICKETS - 1)],
      ['tickets.json, of a session', ofTickets({ start })],
      ['tickets.json, one with its entries', ofTickets({ start, ticket })],
      ...auditQuestions(asked),
      ...recordQuestions(asked, FILTERS),
      ...reportQuestions(asked),
      ['completeness.json, a day of all', ofADay('/completeness.json')],
      ['completeness.json, a day of a platform', ofADay('/completeness.json', { platform: 'platform-1' })],
      ['completeness.json, a day of a cinema', ofADay('/completeness.json', ofCinema)],
      ['reconciliation.json, a cinema’s day, equal', asIs(compared(EQUAL_DAYS_AGO, `&cinema=${CINEMA}`))],
      ['reconciliation.json, a cinema’s, every hour differs', asIs(compared(DIFFERING_DAYS_AGO, `&cinema=${CINEMA}`))],
      ['reconciliation.json, a day of all, equal', asIs(compared(EQUAL_DAYS_AGO))],
      ['reconciliation.json, of all, every hour differs', asIs(compared(DIFFERING_DAYS_AGO))],
      ...fileQuestions(asked),
    ];
  },

  listeners: ({ firstCinema }) => [
    ['open consoles', () => 'topic=platforms'],
    ['live lists, each another', (n) => `${LIVE_LISTS[n % LIVE_LISTS.length]}${firstCinema + n}`],
  ],
  besideListeners: ['platforms.json', '/platforms.json'],
};

/** The ticket of yesterday's first entry at the cinema, and when its session starts. */
function someTicket({ firstCinema, days, aDay, longDay }: LargeStore): { start: string; ticket: string } {
  const number = longDay + (days - 2) * aDay + Number(CINEMA) - firstCinema;
  return { start: `${dateBefore(1)}T10:00:00`, ticket: String(number).padStart(16, '0') };
}
