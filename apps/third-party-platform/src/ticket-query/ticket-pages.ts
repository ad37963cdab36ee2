import { DataRefused, type JsonRequest, type PageSet } from '@ticket-check/admin';
import { type ChangeTables, loadEntriesOfTicket, type StatedRecord, type TicketKey } from '@ticket-check/check-records';
import type { Accounts } from '@ticket-check/exchange';
import {
  type CinemaCode,
  type CinemaKey,
  ERROR_CODES,
  ProtocolError,
  type TicketIdentity,
  ticketInfoJson,
} from '@ticket-check/protocol';
import { type Clock, createConcurrencyLimit } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import type { ServedCinemas } from '../cinemas/served-cinemas.ts';
import type { ClaimStore } from '../claims/claim-store.ts';
import type { KnownTables } from '../claims/known-entries.ts';
import { releasePath } from '../claims/open-claims.ts';
import type { Holder } from '../claims/transition.ts';
import type { ETicketTables } from '../e-tickets/e-ticket-tables.ts';
import { findPickUp, pickUpJson } from '../e-tickets/pick-ups.ts';
import type { NationalAnswer, NationalTickets } from '../upstream/national-tickets.ts';
import { ticketAsked } from './ticket-asked.ts';
import { findingJson, ticketFindings } from './ticket-findings.ts';

/** Somebody who types ticket codes asks some times a minute; a program that goes through tickets is in the wrong place. */
const OF_ACTOR = { points: 30, duration: 60 };
const IN_ALL = { points: 120, duration: 60 };
const UNDER_WAY = { perOwner: 2, inAll: 4 };

/**
 * Bounds the questions of people, so that they keep nothing from guests; in memory, for this process.
 * @throws DataRefused `too-many-questions` (429) if they have asked as much as they may.
 */
function createQuestionLimit() {
  const [ofActor, inAll] = [new RateLimiterMemory(OF_ACTOR), new RateLimiterMemory(IN_ALL)];
  const underWay = createConcurrencyLimit(UNDER_WAY);
  const tooMany = () =>
    new DataRefused('too-many-questions', 'Tickets are asked about too often; ask again in a minute.', 429);

  return async <T>(actor: string, work: () => Promise<T>): Promise<T> => {
    try {
      await ofActor.consume(actor);
      await inAll.consume('all');
    } catch (refusal) {
      throw refusal instanceof RateLimiterRes ? tooMany() : refusal;
    }
    const answer = underWay.run(actor, work);
    if (answer === null) throw tooMany();
    return answer;
  };
}

const PATH = '/ticket';
/** A ticket has one entry, mostly; who made more than these shows by these. */
const MAX_ENTRIES = 50;

/**
 * What is known of one ticket: as the national platform answers now, its claim and its entries here. A person's question goes
 * behind those of guests, is not asked while the line is down, and teaches the circuit breaker nothing. Scheme 5.2.8.
 */
export function ticketPages(options: {
  store: Store<KnownTables & ETicketTables & ChangeTables>;
  servedCinemas: Pick<ServedCinemas, 'serves'>;
  claims: Pick<ClaimStore, 'known'>;
  accounts: Pick<Accounts, 'find'>;
  /** Of a patient budget, without the circuit breaker. */
  national: Pick<NationalTickets, 'ask'>;
  isReachable: () => boolean;
  ticketOfLink: (token: string) => Promise<TicketKey | null>;
  keysOf: (cinemaCode: CinemaCode) => Promise<readonly CinemaKey[]>;
  now: Clock;
}): PageSet {
  const { store, servedCinemas, claims, accounts, national, isReachable } = options;
  const limited = createQuestionLimit();

  async function ask(ticket: TicketIdentity): Promise<NationalAnswer | ProtocolError> {
    if (!isReachable()) return new ProtocolError('UPSTREAM_UNAVAILABLE', 'The line to it is down at present.');
    try {
      return await national.ask(ticket);
    } catch (error) {
      if (error instanceof ProtocolError) return error;
      throw error;
    }
  }

  async function claimJson(
    ticket: TicketIdentity,
    { recordId, checkTime, gate, account, claimedAt, recorded }: Holder,
  ) {
    const { cinemaCode, filmTicketCode, startTime } = ticket;
    return {
      RecordId: recordId,
      CheckTime: checkTime,
      Gate: gate,
      Username: account,
      Terminal: (await accounts.find(account))?.displayName ?? null,
      ClaimedAt: claimedAt,
      HasRecord: recorded,
      ReleasePath: recorded ? null : releasePath({ cinemaCode, filmTicketCode, startTime, recordId }),
    };
  }

  function one(request: JsonRequest): Promise<object> {
    return limited(request.actor, async () => {
      const ticket = await ticketAsked(request, options);
      // The national platform notes the callers for a cinema's tickets, and marks the cinema as shared to others.
      if (!(await servedCinemas.serves(ticket.cinemaCode))) {
        throw new DataRefused(
          'cinema-not-served',
          `This platform does not serve the cinema ${ticket.cinemaCode}.`,
          404,
        );
      }
      const [answer, { holder }, entries, pickUp] = await Promise.all([
        ask(ticket),
        claims.known(ticket),
        loadEntriesOfTicket(store, ticket, MAX_ENTRIES + 1),
        findPickUp(store.db, ticket),
      ]);
      const info = answer instanceof ProtocolError ? null : answer.info;
      return {
        Ticket: {
          CinemaCode: ticket.cinemaCode,
          FilmTicketCode: ticket.filmTicketCode,
          StartTime: ticket.startTime,
        },
        Findings: ticketFindings({ info, holder, entries }).map(findingJson),
        National: nationalJson(answer),
        Claim: holder === null ? null : await claimJson(ticket, holder),
        PickUp: pickUp === null ? null : pickUpJson(pickUp),
        Entries: entries.slice(0, MAX_ENTRIES).map(entryJson),
        HasMoreEntries: entries.length > MAX_ENTRIES,
      };
    });
  }

  return {
    name: 'ticket',
    screens: [{ path: PATH, permission: 'tickets.read', label: { zh: '影票查询', en: 'Ticket' } }],
    json: [{ path: `${PATH}.json`, permission: 'tickets.read', handler: one }],
  };
}

function nationalJson(answer: NationalAnswer | ProtocolError) {
  if (answer instanceof ProtocolError) {
    const { code, message } = answer;
    return { Heard: false, Code: code, Message: message, MessageZh: ERROR_CODES[code].zh };
  }
  const { info, shared } = answer;
  if (info === 'unknown-ticket') return { Heard: true, Known: false, SharedCinema: shared };
  return {
    Heard: true,
    Known: true,
    SharedCinema: shared,
    Ticket: ticketInfoJson(info, 'two-decimals', { extended: true }),
  };
}

function entryJson({ record, state, refused }: StatedRecord, index: number) {
  return {
    RecordId: record.recordId,
    CheckTime: record.checkTime,
    ReceivedAt: record.receivedAt,
    Username: record.account,
    ...(record.gate !== '' && { Gate: record.gate }),
    First: index === 0,
    State: state,
    ...(record.overriddenVerdict !== null && { OverriddenVerdict: record.overriddenVerdict }),
    ErrorCode: refused?.errorCode ?? null,
  };
}
