import { APIS } from '@ticket-check/protocol';
import { now, recordOf, type Ticket } from '../cinema.ts';
import { type Case, fail, notAsked, warn } from '../frame/case.ts';
import { type Ask, askOf } from '../frame/catalog.ts';
import type { Pace } from '../frame/pace.ts';
import type { PlatformWorld } from '../platform/world.ts';
import { RULES } from '../stub/judge.ts';
import type { Answer, Stub } from '../stub/stub.ts';

/** How long a record may take while the line is up. The scheme gives ten minutes or an hour. */
const PROMPT_SECONDS = 60;
/** How long a caller that was refused may wait before it tries again. */
const RETRY_SECONDS = 90;
/** How long a caller may go on failing that was seen to fail. */
const GRACE_SECONDS = 3;
/** Some ask for keys at most every few seconds. */
const PROVOCATIONS = 6;
/** How long nothing may come that was not asked for. */
const QUIET_SECONDS = 4;
const LONG_QUIET_SECONDS = 150;

const REPORT = APIS.reportOriginalCheckTickets;
const NO_KEYS = { data: { PublicKeys: [] } };
const NO_USABLE_KEY = { data: { PublicKeys: [{ PublicKey: '公钥字符串', StartTime: '2019-01-01T15:34:00' }] } };

/** A tested role that calls a platform, which the kit is. */
export type CallerWorld = {
  readonly ask: Ask;
  readonly stub: Stub;
  readonly pace: Pace;
  /** Has the tested role let a guest in, so that it makes a record; false if it lets nobody in. */
  enter(ticket: Ticket): Promise<boolean>;
  /** Does what may make the tested role ask for keys at once. */
  provokeKeys(): Promise<void>;
  stillKnowsKeys(): Promise<boolean>;
};

/** What a role that calls the platform above does. Scheme 5.1.5, 5.2.3, 5.2.7. */
export function callerCases(world: CallerWorld): Case[] {
  const { ask, stub, pace } = world;

  const haveArrived = (tickets: readonly Ticket[], seconds: number) =>
    pace.until(() => tickets.every(stub.hasKept), seconds);
  const sold = () => stub.sell(stub.cinema.sell());
  const entered = async (count: number): Promise<Ticket[]> => {
    const tickets = Array.from({ length: count }, sold);
    for (const ticket of tickets) {
      if (!(await world.enter(ticket))) fail('A sold ticket was not let in, so there is no record to send.');
    }
    return tickets;
  };
  const reported = async (): Promise<Ticket> => {
    const tickets = await entered(1);
    if (!(await haveArrived(tickets, PROMPT_SECONDS)))
      fail(`No report within ${pace.milliseconds(PROMPT_SECONDS) / 1000} s.`);
    return tickets[0] ?? fail('No report.');
  };

  /** Reports fail in some way until one of some records was tried; then each of them arrives. */
  const backFill = (id: string, failing: (usual: () => Answer) => Answer): Case =>
    ask(`backfill.${id}`, async () => {
      const failed = stub.replace(REPORT, (_, usual) => failing(usual));
      const tickets = await entered(2);
      const wasTried = await pace.until(() => tickets.some((one) => stub.reportsOf(one).length > 0), PROMPT_SECONDS);
      // A batch that was refused is tried record by record.
      await pace.until(() => tickets.every((one) => stub.reportsOf(one).length > 1), GRACE_SECONDS);
      failed[Symbol.dispose]();
      if (!wasTried) return fail('No record was reported.');
      // A record whose reply was lost is there already: it has to come again.
      const tried = new Map(tickets.map((one) => [one, id === 'lost-reply' ? stub.reportsOf(one).length : 0]));
      const isBack = (one: Ticket) => stub.hasKept(one) && stub.reportsOf(one).length > (tried.get(one) ?? 0);
      return (await pace.until(() => tickets.every(isBack), RETRY_SECONDS))
        ? ''
        : fail('Not every record was sent again.');
    });

  const keepsKeys = (id: string, answer: Answer): Case =>
    ask(`keys.kept.${id}`, async () => {
      using _ = stub.replace(APIS.getPublicKeys, () => answer);
      const before = stub.callsOf(APIS.getPublicKeys).length;
      const isAsked = () => stub.callsOf(APIS.getPublicKeys).length > before;
      for (let tries = 0; tries < PROVOCATIONS && !isAsked(); tries++) {
        await world.provokeKeys();
        await pace.until(isAsked, 1);
      }
      if (!isAsked()) return notAsked('It did not ask for keys within a few seconds, and may wait for 30 minutes.');
      return (await world.stillKnowsKeys()) ? '' : fail('It no longer knows the keys that it had.');
    });

  const pacesKeys = (seconds: number) => async () => {
    const before = stub.callsOf(APIS.getPublicKeys).length;
    await pace.wait(seconds);
    const asked = stub.callsOf(APIS.getPublicKeys).length - before;
    return asked > 1 ? fail(`It asked ${asked} times within ${seconds} s.`) : '';
  };

  return [
    ask('sent.prompt', async () => {
      const began = performance.now();
      await reported();
      return `${Math.round(performance.now() - began)} ms`;
    }),
    ask('sent.elements', async () => {
      const ticket = await reported();
      const { CheckTime: _, ...expected } = JSON.parse(JSON.stringify(recordOf(ticket)));
      const record: Record<string, unknown> = { ...stub.keptOf(ticket) };
      const differs = Object.keys(expected).filter((name) => String(record[name]) !== String(expected[name]));
      return differs.length === 0 ? '' : fail(`These differ from the ticket: ${differs.join(', ')}.`);
    }),
    backFill('503', () => ({ status: 503, body: '' })),
    backFill('false', () => ({ data: { ReportResult: false } })),
    backFill('html', () => ({ status: 500, body: '<html>Error</html>' })),
    backFill('lost-reply', (usual) => {
      usual();
      return 'cut';
    }),
    ask('backfill.order', async () => {
      const failed = stub.replace(REPORT, () => ({ status: 503, body: '' }));
      const tickets: Ticket[] = [];
      for (let count = 0; count < 3; count++) {
        tickets.push(...(await entered(1)));
        await pace.nextSecond();
      }
      await pace.until(() => tickets.some((ticket) => stub.reportsOf(ticket).length > 0), PROMPT_SECONDS);
      failed[Symbol.dispose]();
      if (!(await haveArrived(tickets, RETRY_SECONDS))) return fail('Not every record was sent again.');
      return stub.cameInOrder(tickets) ? '' : fail('They did not come from early to late.');
    }),
    ask('backfill.bad-record', async () => {
      const bad = sold();
      using _ = stub.replace(REPORT, (query, usual) =>
        JSON.stringify(query).includes(bad.info.filmTicketCode) ? { data: { ReportResult: false } } : usual(),
      );
      if (!(await world.enter(bad))) return fail('A sold ticket was not let in.');
      return (await haveArrived(await entered(2), RETRY_SECONDS)) ? '' : fail('The others did not arrive.');
    }),
    ask('backfill.once', async () => {
      const ticket = await reported();
      const before = stub.reportsOf(ticket).length;
      await pace.wait(QUIET_SECONDS);
      const again = stub.reportsOf(ticket).length - before;
      return again === 0 ? '' : fail(`It was sent ${again} times more.`);
    }),
    keepsKeys('empty', NO_KEYS),
    keepsKeys('unusable', NO_USABLE_KEY),
    keepsKeys('silent', 'cut'),
    ask('keys.pace', pacesKeys(QUIET_SECONDS)),
    ask('keys.pace.long', pacesKeys(LONG_QUIET_SECONDS), 'depth'),
    ask('caller.certificate', async () => {
      using _ = stub.showWrongCertificate();
      const before = stub.calls.length;
      await world.enter(sold());
      await world.provokeKeys().catch(() => {});
      await pace.wait(2);
      const got = stub.calls.length - before;
      return got === 0 ? '' : fail(`${got} requests came.`);
    }),
  ];
}

/** Asked last: every request that came during the run keeps to the scheme. Scheme 6.4 to 6.6, 7.4 to 7.6. */
export function judgedCases({ ask, stub }: Pick<CallerWorld, 'ask' | 'stub'>): Case[] {
  return RULES.map((rule) =>
    ask(`caller.${rule}`, async () => {
      if (stub.calls.length === 0) return notAsked('It never called.');
      const faults = stub.calls.flatMap((call) => call.faults.find((fault) => fault.rule === rule) ?? []);
      if (faults[0] === undefined) return `${stub.calls.length} requests`;
      const found = rule === 'decimals' ? warn : fail;
      return found(`${faults.length} of ${stub.calls.length} requests: ${faults[0].what}.`);
    }),
  );
}

/** A third-party platform as the caller of the stub: what terminals report, it reports. */
export function thirdPartyAsCaller(world: PlatformWorld, stub: Stub): CallerWorld {
  return {
    ...{ ask: askOf(6, '5.2.3'), stub, pace: world.pace },
    async enter(ticket: Ticket) {
      return (await world.report([recordOf(ticket, now())])).isTrue;
    },
    async provokeKeys() {
      // A platform may fetch keys when it is asked for them again.
      await world.askKeys();
      await world.pace.wait(1.5);
      await world.askKeys();
    },
    async stillKnowsKeys() {
      const { data } = await world.askKeys();
      return JSON.stringify(data?.PublicKeys ?? '').includes(stub.cinema.ukeys.at(-2)?.spki ?? '');
    },
  };
}
