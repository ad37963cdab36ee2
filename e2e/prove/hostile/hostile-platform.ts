import { randomUUID } from 'node:crypto';
import { APIS, type ApiName, EXTENSIONS_HEADER, GENERATION_HEADER, padCode } from '@ticket-check/protocol';
import { type BoxOffice, publicPart, type Ticket } from '@ticket-check/simulators/box-office';
import { HttpAnswer, startNationalPlatform, startThirdPartyPlatform } from '@ticket-check/simulators/peers';
import { shanghaiTime } from '../../testing/client.ts';

/** Apis that no service of ours calls: selling services and data sources do. */
const OF_OTHERS: ReadonlySet<ApiName> = new Set([APIS.createETicket, APIS.revokeETicket, APIS.recordPickUp]);

export const CALLED = Object.values(APIS).filter((api) => !OF_OTHERS.has(api) && !api.startsWith('Import'));

type Query = Record<string, unknown>;
type ReplyData = Record<string, unknown>;

const long = (length: number) => 'x'.repeat(length);
const [KILOBYTES, MEGABYTES] = [long(5000), long(1_000_000)];
const many = <T>(count: number, make: (index: number) => T): T[] => Array.from({ length: count }, (_, n) => make(n));

/** What is made of the usual reply to an Api. Without an entry here an Api is refused or answered with too much all the same. */
const OVERDONE: Partial<Record<ApiName, (usual: ReplyData, query: Query, n: number) => ReplyData>> = {
  [APIS.getPublicKeys]({ PublicKeys }, _, n) {
    const more = many(1000, (index) => ({ PublicKey: KILOBYTES, StartTime: `${n} ${index}` }));
    return { PublicKeys: [...(PublicKeys as unknown[]), ...more] };
  },
  [APIS.getTicketInfo]: overdoneTicket,
  [APIS.getTicketInfos]: ({ TicketInfos }, query, n) => ({
    TicketInfos: (TicketInfos as ReplyData[]).map((info) => overdoneTicket(info, query, n)),
  }),
  // Now and then a claim on a refunded ticket, which must be released.
  [APIS.claimTicket]: ({ Ticket: sold, ...reply }, query, n) => ({
    ...reply,
    Gate: MEGABYTES,
    ...(sold !== undefined && {
      Ticket: { ...overdoneTicket(sold as ReplyData, query, n), ...(n % 4 === 1 && { RefundStatus: 'YES' }) },
    }),
  }),
  [APIS.reportOriginalCheckTickets]: (reply) => ({
    ...reply,
    Quarantined: many(5000, (Index) => ({ Index, FilmTicketCode: long(200), ErrorCode: 'E', ErrorMessage: long(500) })),
  }),
  [APIS.listCheckRecords]: (reply, { BusinessDate, Hour, After }, n) =>
    Hour === undefined
      ? { Hours: [{ Hour: `${BusinessDate}T20`, Records: 2e9, Hash: '0'.repeat(64), Quarantined: 0, Undelivered: 0 }] }
      : { ...reply, Next: n % 2 === 0 ? `${After ?? ''}${KILOBYTES}` : `place ${n}` },
  [APIS.reportTerminalState]() {
    const entry = () => ({ CheckTime: shanghaiTime(), RecordId: randomUUID() });
    return { Kept: true, Doubles: many(5000, () => ({ RecordId: randomUUID(), Entry: entry() })) };
  },
  [APIS.reportBusinessDay]: () => ({ Kept: true, Note: MEGABYTES }),
  [APIS.getETicketKeys]: (usual, _, n) => ({ ...usual, Host: n % 2 === 0 ? MEGABYTES : `host-${n}` }),
};

function overdoneTicket(info: ReplyData, _: Query, n: number): ReplyData {
  const statuses = { RefundStatus: `${n} ${KILOBYTES}`, CheckStatus: { [`s${n}`]: KILOBYTES } };
  return { ...info, FilmName: MEGABYTES, TicketType: KILOBYTES, ...statuses };
}

let made = 0;

/** Endless pages of plausible changes; now and then too many, a cursor that does not advance, or a long one. */
function listedChanges(cursor: string, n: number): ReplyData {
  const change = () => {
    made += 1;
    const StartTime = shanghaiTime(3600 + (made % 86_400));
    return { CinemaCode: cinemaOfChanges, FilmTicketCode: padCode(`${made}`, 16), StartTime, Kind: 'refunded' };
  };
  if (n % 150 === 149) return { Changes: many(3000, change), Cursor: `c-${n}`, More: true };
  if (n % 150 === 99) return { Changes: [], Cursor: cursor || 'c', More: true };
  if (n % 150 === 9) return { Changes: [], Cursor: MEGABYTES, More: true };
  return { Changes: many(1000, change), Cursor: `c-${n}`, More: true, AsOf: shanghaiTime() };
}

let cinemaOfChanges = '';

export type HostilePlatform = Awaited<ReturnType<typeof startHostilePlatform>>;

const EXTENSIONS = {
  national: ['record-id', 'ticket-infos', 'check-records', 'business-days'],
  'third-party': ['record-id', 'claim-ticket', 'check-records', 'e-tickets', 'terminal-state'],
} as const;

/** Starts a platform that tries to fill logs, disks and memory of its callers until it relents; it has the keys of a cinema. */
export async function startHostilePlatform(role: keyof typeof EXTENSIONS, boxOffice: BoxOffice) {
  const { cinemaCode } = boxOffice.cinema;
  cinemaOfChanges = cinemaCode;
  const start = role === 'national' ? startNationalPlatform : startThirdPartyPlatform;
  const keys = boxOffice.ukeys.map((ukey) => ({ ...publicPart(ukey), startTime: ukey.startTime }));
  const extensions = EXTENSIONS[role];
  const peer = await start({ extensions, offersChanges: true, cinemaCodes: [cinemaCode], keys: [[cinemaCode, keys]] });
  let calls = 0;
  const mends = CALLED.map((api) => {
    let n = 0;
    return peer.replace(api, async (query, usual) => {
      [n, calls] = [n + 1, calls + 1];
      const announced = [...extensions, 'changes', ...many(200, (index) => `made-up-${calls}-${index}`)];
      const generations = many(101, () => randomUUID());
      const headers = { [EXTENSIONS_HEADER]: announced.join(', '), [GENERATION_HEADER]: generations.join(', ') };
      const reply = (status: number, ReplyData: ReplyData) =>
        new HttpAnswer({ status, headers, body: JSON.stringify({ Datetime: shanghaiTime(), ReplyData }) });
      // A report is kept or refused, as it says: what this platform says it has is there.
      if (api === APIS.listChanges) return reply(200, listedChanges(`${query.Cursor ?? ''}`, n));
      if (n % 4 === 0) return reply(400, { ErrorCode: KILOBYTES, ErrorMessage: MEGABYTES });
      if (n % 7 === 0) return reply(200, { ErrorCode: 'OVERLOADED', ErrorMessage: MEGABYTES });
      const said = await usual().catch(() => ({}));
      return reply(200, OVERDONE[api]?.(said as ReplyData, query, n) ?? { ...(said as ReplyData), Note: MEGABYTES });
    });
  });
  return {
    peer,
    sell: (ticket: Ticket) => peer.sell({ ...ticket, checkStatus: 'No', refundStatus: 'No', refundTime: null }),
    relent(): void {
      for (const mend of mends) mend();
    },
  };
}
