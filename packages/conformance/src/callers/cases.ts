import { APIS } from '@ticket-check/protocol';
import { recordOf, type Ticket } from '../cinema.ts';
import { type Case, fail, notAsked, warn } from '../frame/case.ts';
import type { Rule } from '../stub/judge.ts';
import type { Answer } from '../stub/stub.ts';
import type { CallerWorld } from './world.ts';

/** How long a record may take while the line is up. The scheme gives ten minutes or an hour. */
const PROMPT_SECONDS = 60;
/** How long a caller that was refused may wait before it tries again. */
const RETRY_SECONDS = 90;
/** Some ask for keys at most every few seconds. */
const PROVOCATIONS = 6;
/** How long nothing may come that was not asked for. */
const QUIET_SECONDS = { core: 4, depth: 150 };

const BACK_FILL =
  'Keep what was not answered with true, and send it again, oldest first, until it is (readings R2, R4).';

/** What a role that calls the platform above does. Scheme 5.1.5, 5.2.3, 5.2.7, 6.4 to 6.6, 7.4 to 7.6. */
export function callerCases(world: CallerWorld): Case[] {
  const { stub, pace, chapter } = world;
  const reporting = world.role === 'terminal' ? '5.2.7' : '5.2.3';
  const REPORT = APIS.reportOriginalCheckTickets;

  const arrived = (tickets: readonly Ticket[], seconds: number) =>
    pace.until(() => tickets.every(stub.hasKept), seconds);
  const sold = () => stub.sell(stub.cinema.sell());
  const entered = async (count: number): Promise<Ticket[]> => {
    const tickets = Array.from({ length: count }, sold);
    for (const ticket of tickets) {
      if (!(await world.enter(ticket))) fail('A sold ticket was not let in, so there is no record to send.');
    }
    return tickets;
  };

  /** Reports fail in some way until each of some records was tried; then all of them arrive. */
  const backFill = (id: string, title: string, failing: (usual: () => Answer) => Answer): Case => ({
    ...{ id: `backfill.${id}`, clause: reporting, title, advice: BACK_FILL },
    async run() {
      const mend = stub.replace(REPORT, (_, usual) => failing(usual));
      const tickets = await entered(2);
      const wasTried = await pace.until(
        () => tickets.some((ticket) => stub.reportsOf(ticket).length > 0),
        PROMPT_SECONDS,
      );
      mend();
      if (!wasTried) return fail('No record was reported.');
      const tried = tickets.map((ticket) => stub.reportsOf(ticket).length);
      const isSent = () =>
        tickets.every(
          (ticket, index) => stub.reportsOf(ticket).length > (id === 'lost-reply' ? (tried[index] ?? 0) : 0),
        );
      const isBack = await pace.until(() => tickets.every(stub.hasKept) && isSent(), RETRY_SECONDS);
      return isBack ? '' : fail('Not every record was sent again.');
    },
  });

  const keepsKeys = (id: string, title: string, answer: Answer): Case => ({
    ...{ id: `keys.kept.${id}`, clause: '5.1.5', title },
    advice: 'Replace the keys of a cinema only with a reply that has a usable one (reading K3).',
    async run() {
      const mend = stub.replace(APIS.getPublicKeys, () => answer);
      const before = stub.callsOf(APIS.getPublicKeys).length;
      try {
        const isAsked = () => stub.callsOf(APIS.getPublicKeys).length > before;
        for (let tries = 0; tries < PROVOCATIONS && !isAsked(); tries++) {
          await world.provokeKeys();
          await pace.until(isAsked, 1);
        }
        if (!isAsked()) return notAsked('It did not ask for keys within a few seconds, and may wait for 30 minutes.');
        return (await world.stillKnowsKeys()) ? '' : fail('It no longer knows the keys that it had.');
      } finally {
        mend();
      }
    },
  });

  const pacesKeys = (profile: keyof typeof QUIET_SECONDS): Case => ({
    ...{ id: profile === 'core' ? 'keys.pace' : 'keys.pace.long', clause: '5.1.5', depth: profile === 'depth' },
    title: 'asks for keys by itself at most every 30 minutes',
    advice: 'Fetch keys every 30 minutes, besides when a code fits no key (reading K4).',
    async run() {
      const before = stub.callsOf(APIS.getPublicKeys).length;
      await pace.wait(QUIET_SECONDS[profile]);
      const asked = stub.callsOf(APIS.getPublicKeys).length - before;
      return asked > 1 ? fail(`It asked ${asked} times in ${pace.seconds(QUIET_SECONDS[profile]) / 1000} s.`) : '';
    },
  });

  return [
    {
      ...{ id: 'report.prompt', clause: reporting, title: 'reports a record while the line is up' },
      advice:
        'Report as soon as you can: the deadlines are ten minutes for a terminal, an hour for a platform (reading R1).',
      async run() {
        const began = performance.now();
        const tickets = await entered(1);
        if (!(await arrived(tickets, PROMPT_SECONDS)))
          return fail(`No report within ${pace.seconds(PROMPT_SECONDS) / 1000} s.`);
        return `${Math.round(performance.now() - began)} ms`;
      },
    },
    {
      ...{ id: 'report.elements', clause: `${chapter}.6.2.2.2`, title: 'the record says what was sold and checked' },
      advice: 'Send the 14 elements as the code and GetTicketInfo have them (reading R5).',
      async run() {
        const [ticket] = await entered(1);
        if (ticket === undefined || !(await arrived([ticket], PROMPT_SECONDS))) return fail('No report.');
        const record = stub.kept.find(({ FilmTicketCode }) => FilmTicketCode === ticket.info.filmTicketCode);
        const { CheckTime: _, ...expected } = JSON.parse(JSON.stringify(recordOf(ticket)));
        const differs = Object.keys(expected).filter(
          (name) => String(record?.[name as keyof typeof record]) !== String(expected[name]),
        );
        return differs.length === 0 ? '' : fail(`These differ from the ticket: ${differs.join(', ')}.`);
      },
    },
    backFill('503', 'sends again after HTTP 503', () => ({ status: 503, body: '' })),
    backFill('false', 'sends again after ReportResult false', () => ({ data: { ReportResult: false } })),
    backFill('html', 'sends again after HTTP 500 with a page of HTML', () => ({
      status: 500,
      body: '<html>Error</html>',
    })),
    backFill('lost-reply', 'sends again where the reply was lost after the commit', (usual) => {
      usual();
      return 'cut';
    }),
    {
      ...{ id: 'backfill.order', clause: reporting, title: 'sends what waited from early to late', advice: BACK_FILL },
      async run() {
        const mend = stub.replace(REPORT, () => ({ status: 503, body: '' }));
        const tickets: Ticket[] = [];
        for (let count = 0; count < 3; count++) {
          tickets.push(...(await entered(1)));
          await pace.wait(1.1 / pace.factor);
        }
        await pace.until(() => tickets.some((ticket) => stub.reportsOf(ticket).length > 0), PROMPT_SECONDS);
        mend();
        if (!(await arrived(tickets, RETRY_SECONDS))) return fail('Not every record was sent again.');
        const codes = new Set<string>(tickets.map(({ info }) => info.filmTicketCode));
        const times = stub.kept
          .filter(({ FilmTicketCode }) => codes.has(FilmTicketCode))
          .map(({ CheckTime }) => CheckTime);
        return times.join() === times.toSorted().join() ? '' : fail(`The CheckTimes arrived as ${times.join(', ')}.`);
      },
    },
    {
      ...{
        id: 'backfill.bad-record',
        clause: reporting,
        title: 'a record that is refused does not hold up the others',
      },
      advice: 'Send the others without it: halve a refused batch until one record is left (reading R4).',
      async run() {
        const bad = sold();
        const mend = stub.replace(REPORT, (query, usual) =>
          JSON.stringify(query).includes(bad.info.filmTicketCode) ? { data: { ReportResult: false } } : usual(),
        );
        try {
          if (!(await world.enter(bad))) return fail('A sold ticket was not let in.');
          const others = await entered(2);
          return (await arrived(others, RETRY_SECONDS)) ? '' : fail('The others did not arrive.');
        } finally {
          mend();
        }
      },
    },
    {
      ...{ id: 'backfill.once', clause: reporting, title: 'does not send again what was answered with true' },
      advice: 'Delete a record from the queue once its report was answered with true.',
      async run() {
        const [ticket] = await entered(1);
        if (ticket === undefined || !(await arrived([ticket], PROMPT_SECONDS))) return fail('No report.');
        const before = stub.reportsOf(ticket).length;
        await pace.wait(QUIET_SECONDS.core);
        const again = stub.reportsOf(ticket).length - before;
        return again === 0 ? '' : fail(`It was sent ${again} times more.`);
      },
    },
    keepsKeys('empty', 'keeps its keys when the reply has none', { data: { PublicKeys: [] } }),
    keepsKeys('unusable', 'keeps its keys when the reply has no usable one', {
      data: { PublicKeys: [{ PublicKey: '公钥字符串', StartTime: '2019-01-01T15:34:00' }] },
    }),
    keepsKeys('silent', 'keeps its keys when no reply comes', 'cut'),
    pacesKeys('core'),
    pacesKeys('depth'),
    {
      ...{
        id: 'caller.certificate',
        clause: `${chapter}.3`,
        title: 'sends nothing to a server with another certificate',
      },
      advice: 'Verify the certificate against the CA that the platform handed over; never switch that off.',
      async run() {
        const mend = stub.showWrongCertificate();
        try {
          const before = stub.calls.length;
          await world.enter(sold());
          await world.provokeKeys().catch(() => {});
          await pace.wait(2);
          const got = stub.calls.length - before;
          return got === 0 ? '' : fail(`${got} requests came.`);
        } finally {
          mend();
        }
      },
    },
  ];
}

/** Asked last: every request that came during the run keeps to the scheme. */
export function judgedCases({ stub, chapter }: Pick<CallerWorld, 'stub' | 'chapter'>): Case[] {
  const judged = (id: string, clause: string, title: string, rules: readonly Rule[], advice: string): Case => ({
    ...{ id: `caller.${id}`, clause, title, advice },
    async run() {
      if (stub.calls.length === 0) return notAsked('It never called.');
      const faulty = stub.calls.filter(({ faults }) => faults.some(({ rule }) => rules.includes(rule)));
      const [first] = faulty;
      if (first === undefined) return `${stub.calls.length} requests`;
      const what = first.faults.find(({ rule }) => rules.includes(rule))?.what;
      return fail(`${faulty.length} of ${stub.calls.length} requests: ${what}.`);
    },
  });

  return [
    judged('post', `${chapter}.3`, 'sends every request with POST', ['post'], 'Use POST.'),
    judged(
      'elements',
      `${chapter}.5.2`,
      'sends the six elements',
      ['elements', 'username'],
      'Send Version "1.0", Datetime, Username, Api, Signature and QueryData, an object.',
    ),
    judged('utf-8', `${chapter}.5.1`, 'sends UTF-8', ['utf-8'], 'Encode the body as UTF-8.'),
    judged(
      'duplicate',
      `${chapter}.4.1`,
      'sends no element twice',
      ['duplicate'],
      'Write each element once (reading E4).',
    ),
    judged(
      'datetime',
      `${chapter}.5.2.2`,
      'Datetime is the time in Shanghai',
      ['datetime'],
      'Set the clock, and write the wall clock of Asia/Shanghai (reading E6).',
    ),
    judged(
      'signature',
      `${chapter}.5.2.5`,
      'its signatures fit the text that it sends',
      ['signature'],
      'Serialise QueryData once, sign that text and send the same characters (reading E2).',
    ),
    judged(
      'records',
      `${chapter}.6.2.2`,
      'each record has its 14 elements in form',
      ['records'],
      'Fill every element; TicketType 网络售票, empty names and 0 where nothing is known (reading R5).',
    ),
    judged('limit', `${chapter}.6.2`, 'sends at most 1000 records at once', ['limit'], 'Cut batches at 1000.'),
    {
      ...judged(
        'decimals',
        `${chapter}.6.2.2.2`,
        'writes amounts with two decimals',
        ['decimals'],
        'Write 45.00 (reading E10).',
      ),
      async run() {
        const faulty = stub.calls.flatMap(({ faults }) => faults.filter(({ rule }) => rule === 'decimals'));
        return faulty[0] === undefined ? '' : warn(`${faulty.length} reports: ${faulty[0].what}.`);
      },
    },
    judged(
      'foreign',
      `${chapter}.6`,
      'sends only what the scheme names',
      ['foreign'],
      'Use extensions only towards peers that announce them (reading X1).',
    ),
  ];
}
