import { APIS, isWallClock, ProtocolError, parsePublicKey, SOLD_NAMES } from '@ticket-check/protocol';
import { callerOf } from '../bundle.ts';
import { now, questionOf, recordOf, type Ticket } from '../cinema.ts';
import { type Case, fail, notAsked, warn } from '../frame/case.ts';
import { bodyOf, partsOf, worded } from '../wire/send.ts';
import type { PlatformWorld } from './world.ts';

/** GetPublicKeys. Scheme 6.6.1, 7.6.1; readings K1, K2. */
export function keyCases(world: PlatformWorld): Case[] {
  const { ask, cinema, cinemaCode } = world;
  const keys = async () => {
    const { data } = await world.askKeys();
    const list = data?.PublicKeys;
    if (Array.isArray(list) && list.length > 0) return list as Record<string, unknown>[];
    const isKnown = cinema !== null || world.bundle.Cinema !== undefined;
    if (isKnown) return fail(`There is no list PublicKeys with a key of cinema ${cinemaCode}.`);
    return notAsked(`No keys of cinema ${cinemaCode} are known there: name another one in Cinema.CinemaCode.`);
  };
  return [
    ask('keys.list', async () => {
      const all = await keys();
      for (const { PublicKey, StartTime } of all) {
        try {
          parsePublicKey(String(PublicKey));
        } catch (error) {
          if (error instanceof ProtocolError) fail(`A PublicKey ${error.message}`);
          throw error;
        }
        if (!isWallClock(String(StartTime))) warn(`StartTime is ${StartTime}, not YYYY-MM-DDThh:mm:ss.`);
      }
      return `${all.length} keys`;
    }),
    ask('keys.six-months', async () => {
      if (cinema === null || cinema.ukeys.length < 4)
        return notAsked('Needs Import or the stub: keys of several times.');
      const answered = (await keys()).map(({ PublicKey }) => parsePublicKey(String(PublicKey)).spki);
      const [old, replaced, present, announced] = cinema.ukeys.map(({ spki }) => answered.includes(spki));
      if (present !== true) return fail('The present key is missing.');
      if (replaced !== true) return fail('The key that was replaced a month ago is missing.');
      if (announced !== true) return warn('The announced key is missing: its first tickets fail until the next fetch.');
      return old === true ? 'Also a key that was replaced long ago.' : '';
    }),
  ];
}

/** The elements of GetTicketInfo's ReplyData. Scheme 6.6.3.4, 7.6.3.4. */
export const EIGHTEEN: readonly string[] = [...SOLD_NAMES, 'CheckStatus', 'RefundStatus', 'RefundTime'];

/** GetTicketInfo. Scheme 6.6.3, 7.6.3; readings E11, E12. */
export function ticketCases(world: PlatformWorld): Case[] {
  const { ask, refunded } = world;
  return [
    ask('ticket.elements', async () => {
      const ticket = world.takeKnown();
      const { data } = await world.call(APIS.getTicketInfo, questionOf(ticket));
      const missing = EIGHTEEN.filter((name) => data?.[name] === undefined);
      if (missing.length > 0) fail(`These are missing: ${missing.join(', ')}.`);
      const info = await world.infoOf(ticket);
      const differs = Object.entries(ticket.info).filter(([name, sold]) => sold !== info[name as keyof typeof info]);
      if (differs.length > 0)
        fail(`Not as sold: ${differs.map(([name, sold]) => `${name} (sold: ${sold})`).join(', ')}.`);
      const isFresh = info.checkStatus === 'No' && info.refundStatus === 'No';
      return isFresh ? '' : fail('It is neither checked nor refunded, and both must be No.');
    }),
    ask('ticket.refunded', async () => {
      if (refunded === null) return notAsked('Needs Import or the stub: a refunded ticket.');
      const { refundStatus, refundTime } = await world.infoOf(refunded);
      if (refundStatus !== 'Yes') return fail(`RefundStatus is ${refundStatus}.`);
      return refundTime === null ? warn('RefundTime is missing.') : '';
    }),
    ask('ticket.unknown', async () => {
      const unknown = { CinemaCode: world.cinemaCode, FilmTicketCode: '9999999999999999', StartTime: now() };
      const reply = await world.call(APIS.getTicketInfo, unknown);
      world.refusals.push({ id: 'ticket.unknown', reply });
      return reply.data?.FilmTicketCode === undefined ? '' : fail('A ticket was answered.');
    }),
  ];
}

/** Each element of a record, wrong in one way. Scheme 6.6.2.2.2, 7.6.2.2.2. */
const WRONG: Readonly<Record<string, unknown>> = {
  TicketInfoCode: '电影票信息码',
  CheckTime: '2026-02-30T10:00:00',
  ScreenCode: '1',
  ScreenName: undefined,
  FilmCode: '0011',
  FilmName: undefined,
  SessionCode: '00000000000000000000',
  StartTime: 'tomorrow',
  TicketType: '其他',
  FilmTicketCode: '1',
  RowNum: 'A',
  ColumnNum: 1.5,
  Price: -1,
  Service: 100_001,
};

/** ReportOriginalCheckTickets. Scheme 6.6.2, 7.6.2; readings R3, R6, R7. */
export function reportCases(world: PlatformWorld): Case[] {
  const { ask, cinema } = world;
  /** The good record in each refused batch is of this ticket. */
  let beside: Ticket | null = null;
  const taken = async (ticket: Ticket, record = recordOf(ticket)) => {
    const { isTrue, reply } = await world.report([record]);
    return isTrue ? record : fail(`A good record was answered with ${worded(reply).slice(0, 200)}`);
  };
  const refused = async (id: string, records: readonly unknown[]) => {
    const { isTrue, reply } = await world.report(records);
    world.refusals.push({ id, reply });
    return isTrue ? fail('ReportResult is true.') : '';
  };
  async function thousand(): Promise<string> {
    if (cinema === null) return notAsked('Needs the private key of a cinema.');
    const { isTrue, reply } = await world.report(Array.from({ length: 1000 }, () => recordOf(cinema.sell())));
    return isTrue ? `${Math.round(reply.ms)} ms` : fail(`Answered with ${worded(reply).slice(0, 200)}`);
  }
  return [
    ask('report.kept', async () => {
      const ticket = world.take();
      await taken(ticket);
      if (!world.isKnown) return 'Whether GetTicketInfo says so could not be asked.';
      const status = await world.checkStatusOf(ticket);
      return status === 'Yes' ? '' : fail(`CheckStatus is ${status} after the report.`);
    }),
    ...Object.entries(WRONG).map(([name, value]) =>
      ask(`report.wrong.${name}`, () => {
        beside ??= world.take();
        return refused(`report.wrong.${name}`, [recordOf(beside), { ...recordOf(world.take()), [name]: value }]);
      }),
    ),
    ask('report.nothing-kept', async () => {
      if (beside === null) return notAsked('No batch was refused.');
      const count = await world.countOf(beside);
      if (count !== null && count > 0) return fail(`${count} records of the good ticket are kept.`);
      if (!world.isKnown) return count === null ? notAsked('Needs a ticket that the platform knows, or Records.') : '';
      const status = await world.checkStatusOf(beside);
      return status === 'Yes' ? fail('CheckStatus of the good ticket beside a bad one is Yes.') : '';
    }),
    ask('report.limit', () => {
      const record = recordOf(world.take());
      const records = Array.from({ length: 1001 }, (_, index) => ({ ...record, CheckTime: now(-index) }));
      return refused('report.limit', records);
    }),
    ask('report.thousand', thousand, 'depth'),
    ask('report.twice', async () => {
      const ticket = world.take();
      await taken(ticket, await taken(ticket));
      const count = await world.countOf(ticket);
      if (count === null) return 'How many are kept could not be asked: give the bundle Records.';
      return count === 1 ? '' : fail(`${count} records of it are kept.`);
    }),
    ask('report.contradiction', async () => {
      const [ticket, other] = [world.takeKnown(), world.takeKnown()];
      await world.report([{ ...recordOf(ticket), TicketInfoCode: other.code }]);
      const status = await world.checkStatusOf(ticket);
      return status === 'Yes' ? fail('CheckStatus of the ticket in the record is Yes.') : '';
    }),
    ask('report.durable', async () => {
      const { restart } = world.hooks;
      if (restart === null) return notAsked('Needs Restart in the bundle.');
      const ticket = world.takeKnown();
      await taken(ticket);
      await restart();
      const status = await world.checkStatusOf(ticket);
      return status === 'Yes' ? '' : fail(`CheckStatus is ${status} after the restart.`);
    }),
  ];
}

/** Who may ask for what. Scheme 5.3.2.4; reading E9. */
export function accountCases(world: PlatformWorld): Case[] {
  const { ask, bundle, caller, cinemaCode } = world;
  const query = { CinemaCode: cinemaCode };
  const usual = () => partsOf(caller, APIS.getPublicKeys, JSON.stringify(query));
  const asNobody = async () => {
    const reply = await world.call(APIS.getPublicKeys, query, { by: { ...caller, username: 'nobody-of-this-name' } });
    world.refusals.push({ id: 'account.unknown', reply });
    return world.isAnswered(reply) ? fail('An unknown username was answered.') : worded(reply);
  };
  return [
    ask('account.unknown', async () => {
      const wrong = await world.post(bodyOf({ ...usual(), queryText: '{}' }));
      const unknown = await asNobody();
      // What is wrong then is shown by the cases of signatures.
      const isVerified = worded(wrong) !== worded(await world.call(APIS.getPublicKeys, {}));
      if (!isVerified) return notAsked('A wrong signature is not refused.');
      return worded(wrong) === unknown ? '' : fail(`A wrong signature gets ${worded(wrong).slice(0, 150)}`);
    }),
    ask('account.revoked', async () => {
      const { RevokedAccount } = bundle;
      if (RevokedAccount === undefined) return notAsked('Needs RevokedAccount in the bundle.');
      const by = callerOf(caller.url, bundle, RevokedAccount);
      const reply = await world.call(APIS.getPublicKeys, query, { by });
      if (world.isAnswered(reply)) return fail('It was answered.');
      return worded(reply) === (await asNobody()) ? '' : warn(`It gets ${worded(reply).slice(0, 150)}`);
    }),
    world.refusing('account.other-cinema', async () => {
      const { CinemaCodes = ['*'] } = bundle;
      if (CinemaCodes.includes('*')) return notAsked('CinemaCodes names none: the account may ask about all cinemas.');
      return world.call(APIS.getPublicKeys, { CinemaCode: '99999999' });
    }),
  ];
}
