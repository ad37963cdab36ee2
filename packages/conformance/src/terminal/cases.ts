import { randomInt } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { APIS, generateETicketKeyPair, parseCinemaCode } from '@ticket-check/protocol';
import { type CallerWorld, callerCases, judgedCases } from '../callers/cases.ts';
import { type Cinema, makeUkey, now, type Ticket } from '../cinema.ts';
import { type Case, fail, notAsked, skipped, warn } from '../frame/case.ts';
import { askOf } from '../frame/catalog.ts';
import type { Pace } from '../frame/pace.ts';
import type { Stub, StubTicket } from '../stub/stub.ts';
import { CODES, codesOf, ukeyOf } from './codes.ts';
import { announceETickets, E_TICKETS } from './e-tickets.ts';
import type { Scanner, Shown } from './scanner.ts';
import { isShown, putTogether, unshown } from './vectors.ts';

const HOUR = 3600;
/** How long a record of a scan may take that nothing else shows. */
const RECORD_SECONDS = 15;
/** How long after an outage its records may take to come. */
const OUTAGE_SECONDS = 180;
const GOOD = 'a good ticket';
const E_TICKET_TRIES = 5;
/** In most e-tickets of the vectors. */
const HOST = 'tickets.example.cn';

type TerminalOptions = {
  stub: Stub;
  pace: Pace;
  scanners: readonly [Scanner, ...Scanner[]];
  restart: (() => Promise<void>) | null;
};

const KILLS = 100;

/** An empty status is left out of the reply. Last, what a gate that opens all the same has to say. */
const UNKNOWN_STATES = [
  ['unknown-refund', { refundStatus: '退票中' }, /"RefundStateKnown":false|退票中/],
  ['unknown-refund.missing', { refundStatus: '' }, /"RefundStateKnown":false|未知|unknown/i],
  ['unknown-check', { checkStatus: '锁定' }, /锁定/],
] as const;

/** The door: which ticket opens the gate. Scheme 5.1.1, 5.1.2, 5.2.1; and what a terminal sends. */
export function terminalCases({ stub, pace, scanners, restart }: TerminalOptions): Case[] {
  const ask = askOf(7, '5.2.7');
  const [first, second = first] = scanners;
  const { cinema } = stub;
  const codes = codesOf(cinema);
  const [genuine, others] = [codes.filter(({ isGenuine }) => isGenuine), codes.filter(({ isGenuine }) => !isGenuine)];
  const sold = (state: Partial<StubTicket> = {}, options: Parameters<Cinema['sell']>[0] = {}) =>
    stub.sell(cinema.sell(options), state);

  /** Where nothing shows the verdict, the record does: a good ticket is shown next, and its record comes after. */
  async function shown(ticket: Ticket, about: string): Promise<Shown & { admitted: boolean }> {
    const seen = await first.present(ticket.code, about);
    if (seen.admitted !== null) return { ...seen, admitted: seen.admitted };
    const after = sold();
    await first.present(after.code, GOOD);
    const isSent = await pace.until(() => stub.hasKept(after), RECORD_SECONDS);
    if (!isSent) fail('A good ticket that was shown next has no record: nothing says whether the gate opened.');
    return { ...seen, admitted: stub.hasKept(ticket) };
  }

  const verdictOf = ({ says }: Shown): string => (says === null ? '' : String(says.Verdict));
  const admits = (id: string, make: () => Ticket): Case =>
    ask(`door.${id}`, async () => {
      const seen = await shown(make(), GOOD);
      return seen.admitted ? '' : fail(`It was refused. ${verdictOf(seen)}`);
    });
  const refuses = (id: string, make: () => Ticket, found = fail): Case =>
    ask(`door.${id}`, async () => {
      const seen = await shown(make(), `a ticket to refuse: ${id}`);
      return seen.admitted ? found('It was let in.') : verdictOf(seen);
    });

  /** Shows codes one after the other; the names of those that were let in. */
  async function admittedOf(some: typeof codes, about: string): Promise<Set<string>> {
    const admitted = new Set<string>();
    const tickets = some.map(({ name, make }) => ({ name, ticket: stub.sell(make()) }));
    for (const { name, ticket } of tickets)
      if ((await first.present(ticket.code, `${about}: ${name}`)).admitted === true) admitted.add(name);
    // What nothing shows, the record does.
    await shown(sold(), GOOD);
    for (const { name, ticket } of tickets) if (stub.hasKept(ticket)) admitted.add(name);
    return admitted;
  }

  async function showTwice(atOnce: boolean): Promise<string> {
    const ticket = sold();
    const scan = (scanner: Scanner) => scanner.present(ticket.code, 'the same ticket');
    const seen = atOnce ? await Promise.all([scan(first), scan(second)]) : [await scan(first)];
    if (!atOnce) {
      // Two records of one second would be one.
      if (seen[0]?.admitted === null) await pace.nextSecond();
      seen.push(await scan(first));
    }
    await pace.until(() => stub.hasKept(ticket), RECORD_SECONDS);
    await shown(sold(), GOOD);
    const records = stub.allKeptOf(ticket).length;
    const admitted = seen.filter((one) => one.admitted === true).length;
    if (admitted > 1 || records > 1) return fail(`It was let in ${Math.max(admitted, records)} times.`);
    return records === 1 ? '' : fail('It was not let in at all.');
  }

  const caller: CallerWorld = {
    ...{ ask, stub, pace },
    enter: async (ticket) => (await first.present(ticket.code, GOOD)).admitted ?? true,
    // A code that no key opens may be one of a new key.
    provokeKeys: async () =>
      void (await first.present(cinema.sell({ ukey: makeUkey(now()) }).code, 'a ticket under an unknown key')),
    stillKnowsKeys: async () => (await shown(sold(), GOOD)).admitted,
  };

  async function eTickets(): Promise<string> {
    if (!stub.heard.has('e-tickets')) return notAsked('It does not announce the extension e-tickets.');
    const isAdmitted = async (shownText: string) => {
      const { admitted } = await first.present(shownText, 'an e-ticket');
      return admitted ?? notAsked('Its scanner does not show whether the gate opens.');
    };
    const vectors = E_TICKETS.filter(isShown);
    const admitted: string[] = [];
    for (const host of new Set(vectors.flatMap(({ expected }) => expected?.host ?? []))) {
      using eTickets = announceETickets(stub, host);
      const { at, text } = eTickets;
      await shown(sold(), GOOD);
      // It may have to fetch the keys first.
      const ticket = sold();
      for (let tries = 0; !(await isAdmitted(text(ticket))); tries++) {
        if (tries === E_TICKET_TRIES) return fail(`A good e-ticket of ${host} is refused.`);
        await pace.wait(3);
      }
      if (host !== HOST) continue;
      const ofLongCode = text(sold({}, { ukey: ukeyOf(cinema, 2048) }));
      if (!(await isAdmitted(ofLongCode))) return fail('One with a code of 352 characters is refused.');
      for (const seconds of [-240, 240])
        if (!(await isAdmitted(text(sold(), seconds)))) return fail(`One that is ${seconds} s from now is refused.`);
      const [start = ''] = text(sold()).split('&t=');
      const refused: (readonly [string, string])[] = [
        ['six minutes old', text(sold(), -360)],
        ['six minutes ahead', text(sold(), 360)],
        ['of the first second', at(sold(), 0)],
        ['of a refunded ticket', text(sold({ refundStatus: 'Yes' }))],
        ['shown twice', text(ticket)],
        ['signed with another key', text(sold(), 0, generateETicketKeyPair('ed25519').privateKey)],
        ['the code was changed', text(sold()).replace(/.*(?=&t=)/, start)],
        ...vectors.flatMap(({ name, of, error, text: asItIs }) => {
          if (of !== undefined) return [[name, putTogether(text(sold()), of.parts)] as const];
          return error === undefined ? [] : [[name, asItIs] as const];
        }),
      ];
      for (const [what, shownText] of refused) if (await isAdmitted(shownText)) admitted.push(what);
    }
    return admitted.length === 0 ? `${vectors.length} e-tickets` : fail(`Let in: ${admitted.join('; ')}.`);
  }

  async function killed(): Promise<string> {
    if (restart === null)
      return notAsked('Needs Restart in the bundle: a program that kills the terminal and starts it.');
    const tickets = Array.from({ length: KILLS }, () => sold());
    const twice = new Set<Ticket>();
    for (const [point, ticket] of tickets.entries()) {
      const before = first.present(ticket.code, 'a ticket during which the terminal is killed').catch(() => null);
      await delay(point);
      await restart();
      const seen = [await before, await first.present(ticket.code, 'the same ticket')];
      if (seen.filter((one) => one?.admitted === true).length > 1) twice.add(ticket);
    }
    await shown(sold(), GOOD);
    for (const ticket of tickets) if (stub.allKeptOf(ticket).length > 1) twice.add(ticket);
    return twice.size === 0 ? `${KILLS} kills` : fail(`${twice.size} of ${KILLS} tickets were let in twice.`);
  }

  return [
    ask('keys.fetched', async () => {
      const isAsked = await pace.until(() => stub.callsOf(APIS.getPublicKeys).length > 0, RECORD_SECONDS);
      return isAsked ? '' : fail('It never asked for keys.');
    }),
    admits('good', sold),
    admits('older-key', () => sold({}, withKey(cinema, -3))),
    admits('announced-key', () => sold({}, withKey(cinema, -1))),
    refuses('forged', () => sold({}, { ukey: makeUkey(now()) })),
    refuses('damaged', () => damaged(sold())),
    refuses('other-cinema', () => sold({}, { cinemaCode: parseCinemaCode(`9998${randomInt(1000, 9999)}`) })),
    refuses('refunded', () => sold({ refundStatus: 'Yes' })),
    refuses('entered', () => sold({ checkStatus: 'Yes' })),
    refuses('late', () => sold({}, { startTime: now(-6 * HOUR) })),
    // The scheme names only expired tickets.
    refuses('early', () => sold({}, { startTime: now(6 * HOUR) }), warn),
    ...UNKNOWN_STATES.map(([id, state, word]) =>
      ask(`door.${id}`, async () => {
        const { admitted, says } = await shown(sold(state), `a ticket of an unknown state: ${JSON.stringify(state)}`);
        if (!admitted) return 'It was refused.';
        if (says === null)
          return warn('It was let in; whether the gate showed that the state is unknown cannot be seen.');
        const isShown = word.test(JSON.stringify(says));
        return isShown
          ? 'It was let in, with a word that the state is unknown.'
          : fail('It was let in like any other.');
      }),
    ),
    ask('door.twice', () => showTwice(false)),
    ask('door.two-gates', async () => {
      const canScanAtOnce = scanners.length > 1 || (await first.present(sold().code, GOOD)).says !== null;
      return canScanAtOnce ? showTwice(true) : notAsked('Needs a second --scanner.');
    }),
    ask('codes.unusual', async () => {
      const seen = await admittedOf(genuine, GOOD);
      const refused = genuine.map(({ name }) => name).filter((name) => !seen.has(name));
      return refused.length === 0 ? `${genuine.length} codes` : fail(`Refused: ${refused.join('; ')}.`);
    }),
    ask('codes.refused', async () => {
      const seen = await admittedOf(others, 'a code to refuse');
      return seen.size === 0 ? `${others.length} codes` : fail(`Let in: ${[...seen].join('; ')}.`);
    }),
    ask('codes.unshown', async () => skipped(unshown(CODES))),
    ...callerCases(caller),
    ask('e-tickets', eTickets),
    ask('e-tickets.unshown', async () => skipped(unshown(E_TICKETS))),
    ask('door.kills', killed, 'depth'),
    ask('backfill.offline', async () => {
      await stub.close();
      const admitted: Ticket[] = [];
      for (const ticket of [sold(), sold()]) {
        const seen = await first.present(ticket.code, 'a good ticket; the platform is down');
        if (seen.admitted !== false) admitted.push(ticket);
        await pace.nextSecond();
      }
      await stub.listen();
      if (admitted.length === 0) return notAsked('It lets nobody in while the platform is down.');
      const isBack = await pace.until(() => admitted.every(stub.hasKept), OUTAGE_SECONDS);
      if (!isBack) return fail('Not every record came after the outage.');
      return stub.cameInOrder(admitted) ? '' : fail('They did not come from early to late.');
    }),
    ...judgedCases(caller),
  ];
}

const withKey = ({ ukeys }: Cinema, index: number) => {
  const ukey = ukeys.at(index);
  return ukey === undefined ? {} : { ukey };
};
const damaged = (ticket: Ticket): Ticket => ({ ...ticket, code: ticket.code.slice(0, 60) + ticket.code.slice(61) });
