import { APIS, isWallClock, ProtocolError, parsePublicKey } from '@ticket-check/protocol';
import { callerOf } from '../bundle.ts';
import { now, questionOf, recordOf, type Ticket } from '../cinema.ts';
import { type Case, fail, notAsked, warn } from '../frame/case.ts';
import { bodyOf, partsOf, worded } from '../wire/send.ts';
import type { PlatformWorld } from './world.ts';

/** GetPublicKeys. Scheme 6.6.1, 7.6.1; readings K1, K2. */
export function keyCases(world: PlatformWorld): Case[] {
  const clause = `${world.chapter}.6.1`;
  const keys = async () => {
    const { data } = await world.askKeys();
    const list = data?.PublicKeys;
    if (!Array.isArray(list) || list.length === 0) {
      return world.cinema !== null || world.bundle.Cinema !== undefined
        ? fail(`There is no list PublicKeys with a key of cinema ${world.cinemaCode}.`)
        : notAsked(`No keys of cinema ${world.cinemaCode} are known there: name another one in Cinema.CinemaCode.`);
    }
    return list as Record<string, unknown>[];
  };
  return [
    {
      ...{ id: 'keys.list', clause, title: 'GetPublicKeys answers keys with StartTime' },
      advice:
        'Answer {"PublicKeys":[{"PublicKey","StartTime"}]}; PublicKey as Base64 of the DER SubjectPublicKeyInfo (reading K1).',
      async run() {
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
      },
    },
    {
      ...{ id: 'keys.six-months', clause, title: 'answers every key that was in force within six months' },
      advice: 'Answer the present key however old, those replaced within six months, and those announced (reading K2).',
      async run() {
        const { cinema } = world;
        if (cinema === null || cinema.ukeys.length < 4)
          return notAsked('Needs Import, or the stub above: keys of several times.');
        const answered = (await keys()).map(({ PublicKey }) => parsePublicKey(String(PublicKey)).spki);
        const [old, replaced, present, announced] = cinema.ukeys.map(({ spki }) => answered.includes(spki));
        if (present !== true || replaced !== true)
          return fail(`The ${present === true ? 'key replaced a month ago' : 'present key'} is missing.`);
        if (announced !== true)
          return warn('The announced key is missing: its first tickets fail until the next fetch.');
        return old === true ? 'Also a key that was replaced long ago.' : '';
      },
    },
  ];
}

const EIGHTEEN =
  'CinemaCode CinemaName ScreenCode ScreenName FilmCode FilmName SessionCode StartTime TicketType SellTime FilmTicketCode RowNum ColumnNum Price Service CheckStatus RefundStatus RefundTime'.split(
    ' ',
  );

/** GetTicketInfo. Scheme 6.6.3, 7.6.3; readings E11, E12. */
export function ticketCases(world: PlatformWorld): Case[] {
  const clause = `${world.chapter}.6.3`;
  return [
    {
      ...{ id: 'ticket.elements', clause, title: 'GetTicketInfo answers the 18 elements' },
      advice: 'Answer every element of 6.6.3.4 as it was sold; RefundTime "" where there is none (reading E11).',
      async run() {
        const ticket = world.takeKnown();
        const { data } = await world.ask(APIS.getTicketInfo, questionOf(ticket));
        const missing = EIGHTEEN.filter((name) => data?.[name] === undefined);
        if (missing.length > 0) fail(`These are missing: ${missing.join(', ')}.`);
        const info = await world.infoOf(ticket);
        const differs = Object.entries(ticket.info).filter(([name, sold]) => sold !== info[name as keyof typeof info]);
        if (differs.length > 0)
          fail(`Not as sold: ${differs.map(([name, sold]) => `${name} (sold: ${sold})`).join(', ')}.`);
        if (info.checkStatus !== 'No' || info.refundStatus !== 'No')
          fail('It is neither checked nor refunded, and both must be No.');
        return '';
      },
    },
    {
      ...{ id: 'ticket.refunded', clause, title: 'GetTicketInfo says that a ticket is refunded' },
      advice: 'Answer RefundStatus Yes and RefundTime.',
      async run() {
        const { refunded } = world;
        if (refunded === null) return notAsked('Needs Import, or the stub above: a refunded ticket.');
        const { refundStatus, refundTime } = await world.infoOf(refunded);
        if (refundStatus !== 'Yes') return fail(`RefundStatus is ${refundStatus}.`);
        return refundTime === null ? warn('RefundTime is missing.') : '';
      },
    },
    {
      ...{ id: 'ticket.unknown', clause, title: 'GetTicketInfo about a ticket that was not sold' },
      advice: 'Answer without FilmTicketCode, or with an ErrorCode, in the envelope (reading E9).',
      async run() {
        const reply = await world.ask(APIS.getTicketInfo, {
          ...{ CinemaCode: world.cinemaCode, FilmTicketCode: '9999999999999999', StartTime: now() },
        });
        world.refusals.push({ title: 'a ticket that was not sold', reply });
        return reply.data?.FilmTicketCode === undefined ? '' : fail('A ticket was answered.');
      },
    },
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
  const clause = `${world.chapter}.6.2`;
  const advice =
    'Answer ReportResult true once every record is durably kept, false where one is malformed, and keep none then (reading R3).';
  let beside: Ticket | null = null;
  const goodTicket = () => {
    beside ??= world.take();
    return beside;
  };
  const accepted = async (ticket: Ticket, record = recordOf(ticket)) => {
    const { isTrue, reply } = await world.report([record]);
    return isTrue ? record : fail(`A good record was answered with ${worded(reply).slice(0, 200)}`);
  };
  return [
    {
      ...{ id: 'report.kept', clause, title: 'takes a good record; the ticket counts as checked', advice },
      async run() {
        const ticket = world.take();
        await accepted(ticket);
        if (!world.isKnown) return 'Whether GetTicketInfo says so could not be asked.';
        const status = await world.checkStatusOf(ticket);
        return status === 'Yes' ? '' : fail(`CheckStatus is ${status} after the report.`);
      },
    },
    ...Object.entries(WRONG).map(
      ([name, value]): Case => ({
        ...{ id: `report.wrong.${name}`, clause: `${clause}.2.2`, advice },
        title: `refuses a record whose ${name} is ${value === undefined ? 'missing' : value}`,
        async run() {
          const good = recordOf(goodTicket());
          const { isTrue, reply } = await world.report([good, { ...recordOf(world.take()), [name]: value }]);
          world.refusals.push({ title: `a record with a wrong ${name}`, reply });
          return isTrue ? fail('ReportResult is true.') : '';
        },
      }),
    ),
    {
      ...{ id: 'report.nothing-kept', clause, title: 'keeps nothing of a batch that it refused', advice },
      async run() {
        if (beside === null) return notAsked('No batch was refused.');
        const count = await world.countOf(beside);
        if (count !== null && count > 0) return fail(`${count} records of the good ticket are kept.`);
        if (!world.isKnown)
          return count === null ? notAsked('Needs a ticket that the platform knows, or Records.') : '';
        const status = await world.checkStatusOf(beside);
        return status === 'Yes' ? fail('CheckStatus of the good ticket beside a bad one is Yes.') : '';
      },
    },
    {
      ...{ id: 'report.limit', clause, title: 'refuses more than 1000 records', advice },
      async run() {
        const ticket = world.take();
        const record = recordOf(ticket);
        const records = Array.from({ length: 1001 }, (_, index) => ({ ...record, CheckTime: now(-index) }));
        const { isTrue, reply } = await world.report(records);
        world.refusals.push({ title: '1001 records', reply });
        return isTrue ? fail('ReportResult is true for 1001 records.') : '';
      },
    },
    {
      ...{ id: 'report.thousand', clause, title: 'takes 1000 records at once', advice, depth: true },
      async run() {
        const { cinema } = world;
        if (cinema === null) return notAsked('Needs the private key of a cinema.');
        const { isTrue, reply } = await world.report(Array.from({ length: 1000 }, () => recordOf(cinema.sell())));
        return isTrue ? `${Math.round(reply.ms)} ms` : fail(`Answered with ${worded(reply).slice(0, 200)}`);
      },
    },
    {
      ...{
        id: 'report.twice',
        clause,
        title: 'takes the same record twice, as one',
        advice: 'Know a record by ticket, CheckTime and account (reading R7).',
      },
      async run() {
        const ticket = world.take();
        const record = await accepted(ticket);
        await accepted(ticket, record);
        const count = await world.countOf(ticket);
        if (count !== null && count !== 1) return fail(`${count} records of it are kept.`);
        return count === null ? 'How many are kept could not be asked: give the bundle Records.' : '';
      },
    },
    {
      ...{
        id: 'report.contradiction',
        clause,
        title: 'a record that contradicts its own code is no entry',
        advice: 'Open TicketInfoCode with the keys of the cinema and compare (reading R6).',
      },
      async run() {
        const [ticket, other] = [world.takeKnown(), world.takeKnown()];
        await world.report([{ ...recordOf(ticket), TicketInfoCode: other.code }]);
        const status = await world.checkStatusOf(ticket);
        return status === 'Yes' ? fail('CheckStatus of the ticket in the record is Yes.') : '';
      },
    },
    {
      ...{
        id: 'report.durable',
        clause: '5.3.1.2',
        title: 'a record that was answered with true survives a power cut',
        advice: 'Answer after the commit is on the disk.',
      },
      async run() {
        const { restart } = world.hooks;
        if (restart === null) return notAsked('Needs Restart in the bundle.');
        const ticket = world.takeKnown();
        await accepted(ticket);
        await restart();
        const status = await world.checkStatusOf(ticket);
        return status === 'Yes' ? '' : fail(`CheckStatus is ${status} after the restart.`);
      },
    },
    {
      ...{
        id: 'load.thousand',
        clause: '5.3.1.4',
        title: 'answers 1000 requests at once within 3 s',
        advice: 'Answer questions from memory or one indexed read.',
        depth: true,
      },
      async run() {
        const replies = await Promise.all(Array.from({ length: 1000 }, () => world.askKeys()));
        const slowest = Math.round(Math.max(...replies.map(({ ms }) => ms)));
        const unanswered = replies.filter(({ data }) => data === null).length;
        if (unanswered > 0) return fail(`${unanswered} of them were not answered.`);
        return slowest > 3000 ? fail(`The slowest took ${slowest} ms.`) : `${slowest} ms`;
      },
    },
  ];
}

/** Who may ask for what. Scheme 5.3.2.4; reading E9. */
export function accountCases(world: PlatformWorld): Case[] {
  const clause = '5.3.2.4';
  const query = JSON.stringify({ CinemaCode: world.cinemaCode });
  const wrongly = () => {
    const parts = partsOf(world.caller, APIS.getPublicKeys, query);
    return { parts, strange: partsOf({ ...world.caller, username: 'nobody-of-this-name' }, APIS.getPublicKeys, query) };
  };
  return [
    {
      ...{ id: 'account.unknown', clause, title: 'an unknown username gets the answer that a wrong signature gets' },
      advice: 'Give both one answer, so that strangers do not learn usernames (reading E9).',
      async run() {
        const { parts, strange } = wrongly();
        const wrong = await world.post(bodyOf({ ...parts, signature: strange.signature }));
        const unknown = await world.post(bodyOf(strange));
        world.refusals.push({ title: 'an unknown username', reply: unknown });
        if (world.isAnswered(unknown)) return fail('It was answered.');
        return worded(wrong) === worded(unknown) ? '' : fail(`A wrong signature gets ${worded(wrong).slice(0, 150)}`);
      },
    },
    {
      ...{ id: 'account.revoked', clause, title: 'a revoked account gets the same answer' },
      advice: 'Refuse it as an unknown username.',
      async run() {
        const { RevokedAccount } = world.bundle;
        if (RevokedAccount === undefined) return notAsked('Needs RevokedAccount in the bundle.');
        const by = callerOf(world.caller.url, world.bundle, RevokedAccount);
        const reply = await world.ask(APIS.getPublicKeys, { CinemaCode: world.cinemaCode }, { by });
        const { strange } = wrongly();
        if (world.isAnswered(reply)) return fail('It was answered.');
        return worded(reply) === worded(await world.post(bodyOf(strange)))
          ? ''
          : warn(`It gets ${worded(reply).slice(0, 150)}`);
      },
    },
    {
      ...{ id: 'account.other-cinema', clause, title: 'an account gets nothing of a cinema that is not its own' },
      advice: 'Bind accounts to cinemas (reading E8).',
      async run() {
        const { CinemaCodes = ['*'] } = world.bundle;
        if (CinemaCodes.includes('*'))
          return notAsked('The account may ask about all cinemas: CinemaCodes names none.');
        const reply = await world.ask(APIS.getPublicKeys, { CinemaCode: '99999999' });
        world.refusals.push({ title: 'another cinema', reply });
        return world.isAnswered(reply) ? fail('It was answered.') : '';
      },
    },
  ];
}
