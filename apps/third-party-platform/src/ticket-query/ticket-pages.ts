import { DataRefused, entriesOfTicket, type JsonRequest, type PageSet, type Reading } from '@ticket-check/admin';
import type { ChangeTables, TicketKey } from '@ticket-check/check-records';
import {
  type CinemaCode,
  type CinemaKey,
  ERROR_CODES,
  elementsJson,
  ProtocolError,
  type TicketIdentity,
  ticketInfoJson,
} from '@ticket-check/protocol';
import type { Clock } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import type { ServedCinemas } from '../cinemas/served-cinemas.ts';
import type { ClaimStore } from '../claims/claim-store.ts';
import type { KnownTables } from '../claims/known-entries.ts';
import { claimPath, openClaimJson } from '../claims/open-claims.ts';
import type { ETicketTables } from '../e-tickets/e-ticket-tables.ts';
import { findPickUp, pickUpJson } from '../e-tickets/pick-ups.ts';
import type { NationalAnswer, NationalTickets } from '../upstream/national-tickets.ts';
import { ticketAsked } from './ticket-asked.ts';
import { findingJson, ticketFindings } from './ticket-findings.ts';

const PATH = '/ticket';

/**
 * What is known of one ticket: as the national platform answers now, its claim and its entries here. A person's question goes
 * behind those of guests, is not asked while the line is down, and teaches the circuit breaker nothing. Scheme 5.2.8.
 */
export function ticketPages(options: {
  store: Store<KnownTables & ETicketTables & ChangeTables>;
  servedCinemas: Pick<ServedCinemas, 'serves'>;
  claims: Pick<ClaimStore, 'known'>;
  /** Of a patient budget, without the circuit breaker. */
  national: Pick<NationalTickets, 'ask'>;
  isReachable: () => boolean;
  ticketOfLink: (token: string) => Promise<TicketKey | null>;
  keysOf: (cinemaCode: CinemaCode) => Promise<readonly CinemaKey[]>;
  now: Clock;
  reading: Reading;
}): PageSet {
  const { store, servedCinemas, claims, national, isReachable, reading } = options;

  async function ask(ticket: TicketIdentity): Promise<NationalAnswer | ProtocolError> {
    if (!isReachable()) return new ProtocolError('UPSTREAM_UNAVAILABLE', 'The line to it is down at present.');
    return national.ask(ticket).catch((error: unknown) => {
      if (error instanceof ProtocolError) return error;
      throw error;
    });
  }

  function one(request: JsonRequest): Promise<object> {
    return reading.read(request.actor, async () => {
      const ticket = await ticketAsked(request, options);
      // The national platform notes the callers for a cinema's tickets, and marks the cinema as shared to others.
      if (!(await servedCinemas.serves(ticket.cinemaCode))) {
        throw new DataRefused(
          'cinema-not-served',
          `This platform does not serve the cinema ${ticket.cinemaCode}.`,
          404,
        );
      }
      const [answer, { holder }, { entries, shown }, pickUp] = await Promise.all([
        ask(ticket),
        claims.known(ticket),
        entriesOfTicket(store, ticket),
        findPickUp(store.db, ticket),
      ]);
      const info = answer instanceof ProtocolError ? null : answer.info;
      return {
        Ticket: elementsJson(ticket, 'CinemaCode', 'FilmTicketCode', 'StartTime'),
        Findings: ticketFindings({ info, holder, entries }).map(findingJson),
        National: nationalJson(answer),
        Claim: holder && {
          ...openClaimJson({ ...ticket, ...holder }),
          HasRecord: holder.recorded,
          ClaimPath: holder.recorded ? null : claimPath({ ...ticket, ...holder }),
        },
        PickUp: pickUp && pickUpJson(pickUp),
        ...shown,
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
  const { info, shared: SharedCinema } = answer;
  if (info === 'unknown-ticket') return { Heard: true, Known: false, SharedCinema };
  return { Heard: true, Known: true, SharedCinema, Ticket: ticketInfoJson(info, 'two-decimals', { extended: true }) };
}
