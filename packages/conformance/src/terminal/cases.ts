import { randomInt } from 'node:crypto';
import { APIS } from '@ticket-check/protocol';
import { callerCases, judgedCases } from '../callers/cases.ts';
import type { CallerWorld } from '../callers/world.ts';
import { makeUkey, now, type Ticket } from '../cinema.ts';
import { type Case, fail, notAsked, warn } from '../frame/case.ts';
import type { Pace } from '../frame/pace.ts';
import type { Stub } from '../stub/stub.ts';
import type { Scanner, Shown } from './scanner.ts';

const HOUR = 3600;
/** How long a record of a scan may take that nothing else shows. */
const RECORD_SECONDS = 15;

type TerminalOptions = { stub: Stub; pace: Pace; scanners: readonly [Scanner, ...Scanner[]] };

/** The door: which ticket opens the gate. Scheme 5.1.1, 5.1.2, 5.2.1; and what a terminal sends. */
export function terminalCases({ stub, pace, scanners }: TerminalOptions): Case[] {
  const [first, second = first] = scanners;
  const { cinema } = stub;
  const sold = (state: Parameters<Stub['sell']>[1] = {}, options: Parameters<typeof cinema.sell>[0] = {}) =>
    stub.sell(cinema.sell(options), state);

  /** Where nothing shows the verdict, the record does: a good ticket is shown next, and its record comes after. */
  async function shown(ticket: Ticket, about: string, scanner = first): Promise<Shown & { admitted: boolean }> {
    const seen = await scanner.present(ticket.code, about);
    if (seen.admitted !== null) return { ...seen, admitted: seen.admitted };
    const after = sold();
    await scanner.present(after.code, 'a good ticket');
    if (!(await pace.until(() => stub.hasKept(after), RECORD_SECONDS))) {
      fail('A good ticket that was shown next has no record: nothing says whether the gate opened.');
    }
    return { ...seen, admitted: stub.hasKept(ticket) };
  }

  const admits = (id: string, clause: string, title: string, make: () => Ticket, advice: string): Case => ({
    ...{ id: `door.${id}`, clause, title, advice },
    async run() {
      const { admitted, says } = await shown(make(), title);
      return admitted ? '' : fail(`It was refused${says === null ? '' : `: ${String(says.Verdict)}`}.`);
    },
  });
  const refuses = (
    id: string,
    clause: string,
    title: string,
    make: () => Ticket,
    advice: string,
    found: typeof fail = fail,
  ): Case => ({
    ...{ id: `door.${id}`, clause, title, advice },
    async run() {
      const { admitted, says } = await shown(make(), title);
      return admitted ? found('It was let in.') : says === null ? '' : String(says.Verdict);
    },
  });
  const twiceAt = async (other: Scanner, atOnce: boolean) => {
    const ticket = sold();
    const scan = (scanner: Scanner) => scanner.present(ticket.code, 'the same ticket');
    const verdicts = atOnce ? await Promise.all([scan(first), scan(other)]) : [await scan(first), await scan(other)];
    await pace.until(() => stub.hasKept(ticket), RECORD_SECONDS);
    await shown(sold(), 'a good ticket');
    const records = stub.kept.filter(({ FilmTicketCode }) => FilmTicketCode === ticket.info.filmTicketCode).length;
    const admitted = verdicts.filter((verdict) => verdict.admitted === true).length;
    if (admitted > 1 || records > 1) return fail(`It was let in ${Math.max(admitted, records)} times.`);
    return records === 1 ? '' : fail('It was not let in at all.');
  };

  const caller: CallerWorld = {
    ...{ role: 'terminal', chapter: 7, stub, pace },
    async enter(ticket) {
      const { admitted } = await first.present(ticket.code, 'a good ticket');
      return admitted ?? true;
    },
    async provokeKeys() {
      // A code that no key opens may be one of a new key.
      await first.present(cinema.sell({ ukey: makeUkey(now()) }).code, 'a ticket under an unknown key');
    },
    stillKnowsKeys: async () => (await shown(sold(), 'a good ticket')).admitted,
  };

  const offline: Case = {
    ...{
      id: 'offline.reported',
      clause: '5.2.7',
      title: 'reports after an outage what it let in without the platform',
    },
    advice: 'Keep the records, and send them once the platform answers; fill TicketType (readings C3, R5).',
    async run() {
      await stub.close();
      const tickets = [sold(), sold()];
      const admitted: Ticket[] = [];
      try {
        for (const ticket of tickets) {
          const seen = await first.present(ticket.code, 'a good ticket; the platform is down');
          if (seen.admitted !== false) admitted.push(ticket);
          await pace.wait(1.1 / pace.factor);
        }
      } finally {
        await stub.listen();
      }
      if (admitted.length === 0) return notAsked('It lets nobody in while the platform is down.');
      const isBack = await pace.until(() => admitted.every(stub.hasKept), 180);
      if (!isBack) return fail('Not every record came after the outage.');
      const times = admitted.map(
        ({ info }) => stub.kept.find((kept) => kept.FilmTicketCode === info.filmTicketCode)?.CheckTime,
      );
      return times.join() === times.toSorted().join() ? '' : fail('They did not come from early to late.');
    },
  };

  return [
    {
      ...{
        id: 'keys.fetched',
        clause: '5.2.6',
        title: 'fetches the public keys of its cinema',
        advice: 'Ask GetPublicKeys at start and every 30 minutes.',
      },
      async run() {
        if (await pace.until(() => stub.callsOf(APIS.getPublicKeys).length > 0, RECORD_SECONDS)) return '';
        return fail('It never asked for keys.');
      },
    },
    admits(
      'good',
      '5.1.1',
      'lets a good ticket in',
      sold,
      'Decrypt with the public keys (type 1), and ask GetTicketInfo.',
    ),
    admits(
      'older-key',
      '5.2.1',
      'lets a ticket in that was sold under an older key',
      () => sold({}, { ...ukey(cinema.ukeys.at(-3)) }),
      'Try the keys newest first until one opens the code (reading T6).',
    ),
    admits(
      'announced-key',
      '5.2.1',
      'lets a ticket in under an announced key',
      () => sold({}, { ...ukey(cinema.ukeys.at(-1)) }),
      'Try announced keys last (reading T6).',
    ),
    refuses(
      'forged',
      '5.2.1',
      'refuses a code that no key opens',
      () => sold({}, { ukey: makeUkey(now()) }),
      'Refuse what no key opens.',
    ),
    refuses(
      'damaged',
      '5.1.2',
      'refuses a code of which a character is missing',
      () => damaged(sold()),
      'Refuse what cannot be a code (reading T8).',
    ),
    refuses(
      'other-cinema',
      '5.2.1',
      'refuses a ticket of another cinema',
      () => sold({}, { cinemaCode: otherCinema() }),
      'Compare the cinema code with the own (reading T7).',
    ),
    refuses(
      'refunded',
      '5.2.1',
      'refuses a refunded ticket',
      () => sold({ refundStatus: 'Yes' }),
      'Ask GetTicketInfo, and refuse RefundStatus Yes.',
    ),
    refuses(
      'entered',
      '5.2.1',
      'refuses a ticket that is checked elsewhere',
      () => sold({ checkStatus: 'Yes' }),
      'Refuse CheckStatus Yes.',
    ),
    refuses(
      'late',
      '5.2.1',
      'refuses a ticket whose session began six hours ago',
      () => sold({}, { startTime: now(-6 * HOUR) }),
      'Refuse expired tickets (reading C4).',
    ),
    refuses(
      'early',
      '5.2.1',
      'refuses a ticket for six hours later',
      () => sold({}, { startTime: now(6 * HOUR) }),
      'Refuse tickets long before StartTime (reading C4).',
      warn,
    ),
    {
      ...{ id: 'door.unknown-refund', clause: '6.6.3.4.17', title: 'an unknown RefundStatus is not taken for No' },
      advice: 'Refuse the guest, or show at the gate that the refund state is not known (readings E11, E12).',
      async run() {
        const { admitted, says } = await shown(
          sold({ refundStatus: '退票中' }),
          'a ticket whose RefundStatus is 退票中',
        );
        if (!admitted) return 'It was refused.';
        if (says === null)
          return warn('It was let in; whether the gate showed that the state is unknown cannot be seen here.');
        const isShown = says.RefundStateKnown === false || JSON.stringify(says).includes('退票中');
        return isShown
          ? 'It was let in, and the gate showed that the state is unknown.'
          : fail('It was let in like any other.');
      },
    },
    {
      ...{
        id: 'door.twice',
        clause: '5.1.1',
        title: 'lets a ticket in once',
        advice: 'Write the entry under a unique key before the gate opens.',
      },
      run: () => twiceAt(first, false),
    },
    {
      ...{
        id: 'door.two-gates',
        clause: '5.1.1',
        title: 'lets a ticket in once that two gates scan at the same moment',
        advice: 'Decide by a unique key in one store, not by a look before the write.',
      },
      async run() {
        const canTell = scanners.length > 1 || (await first.present(sold().code, 'a good ticket')).says !== null;
        return canTell ? twiceAt(second, true) : notAsked('Needs a second --scanner.');
      },
    },
    ...callerCases(caller),
    offline,
    ...judgedCases(caller),
  ];
}

const ukey = (key: ReturnType<typeof makeUkey> | undefined) => (key === undefined ? {} : { ukey: key });
const damaged = (ticket: Ticket): Ticket => ({ ...ticket, code: ticket.code.slice(0, 60) + ticket.code.slice(61) });
const otherCinema = () => `9998${randomInt(1000, 9999)}` as Ticket['info']['cinemaCode'];
