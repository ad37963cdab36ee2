import { besideApis, mayActFor, type SignedApi, signedApi } from '@ticket-check/exchange';
import {
  APIS,
  addSeconds,
  type CinemaCode,
  createETicketReplyJson,
  type ETicketOrder,
  eTicketOrderQuery,
  getETicketKeysQuery,
  getETicketKeysReplyJson,
  ProtocolError,
  recordPickUpReplyJson,
  revokeETicketQuery,
  revokeETicketReplyJson,
  wallClockAt,
} from '@ticket-check/protocol';
import type { Clock } from '@ticket-check/runtime';
import type { VerifyCode } from '../claims/verify-code.ts';
import type { ThirdPartySettings } from '../config.ts';
import { type ETicketStore, isToken } from './e-ticket-store.ts';
import type { ETicketKeys } from './keys/e-ticket-keys.ts';

/** Tickets are sold weeks ahead, never a year. */
const LONGEST_AHEAD_SECONDS = 366 * 86_400;

/**
 * What selling services call, CreateETicket, RevokeETicket and RecordPickUp, and GetETicketKeys, by which terminals verify. The code
 * of a ticket has to be opened by a key of its cinema and name that very ticket, so that nobody makes or ends e-tickets of tickets
 * that they do not have. Extension `e-tickets`; scheme 5.1.3, 5.1.4; reading C5.
 */
export function eTicketApis(options: {
  eTickets: ETicketStore;
  verifyCode: VerifyCode;
  keys: Pick<ETicketKeys, 'published'>;
  settings: ThirdPartySettings;
  now: Clock;
}): readonly SignedApi[] {
  const { eTickets, verifyCode, keys, settings, now } = options;
  const { PUBLIC_URL, CLAIM_WINDOW_HOURS: windowHours } = settings;
  const { host } = new URL(PUBLIC_URL);

  /** An Api about a ticket whose code the caller has. */
  const orderApi = (name: string, act: (order: ETicketOrder, account: string) => Promise<object>) =>
    signedApi({
      name,
      role: 'seller',
      priority: 'question',
      query: eTicketOrderQuery,
      cinemasOf: ({ cinemaCode }) => [cinemaCode],
      async handle(order, { account: { username } }) {
        const { startTime } = order;
        const at = wallClockAt(now());
        if (startTime < addSeconds(at, -windowHours * 3600) || startTime > addSeconds(at, LONGEST_AHEAD_SECONDS)) {
          throw new ProtocolError(
            'START_TIME_OUT_OF_RANGE',
            `StartTime is more than ${windowHours} hours ago, or more than a year ahead.`,
          );
        }
        await verifyCode(order, username);
        return act(order, username);
      },
    });

  const createETicket = orderApi(APIS.createETicket, async (order, account) => {
    const token = await eTickets.create(order, account);
    return createETicketReplyJson({ url: besideApis(PUBLIC_URL, `/t/${token}`), token });
  });

  const revokeETicket = signedApi({
    name: APIS.revokeETicket,
    role: 'seller',
    priority: 'question',
    query: revokeETicketQuery,
    cinemasOf: () => [],
    async handle({ token }, { account }) {
      const ticket = isToken(token) ? await eTickets.ticketOf(token) : null;
      if (ticket === null || !mayActFor(account, ticket.cinemaCode as CinemaCode)) {
        throw new ProtocolError('ETICKET_NOT_FOUND', 'No e-ticket of this account has this token.');
      }
      await eTickets.revoke({ ticket, token });
      return revokeETicketReplyJson();
    },
  });

  const recordPickUp = orderApi(APIS.recordPickUp, async (order, account) =>
    recordPickUpReplyJson(await eTickets.recordPickUp(order, account)),
  );

  const getETicketKeys = signedApi({
    name: APIS.getETicketKeys,
    role: 'platform',
    priority: 'keys',
    query: getETicketKeysQuery,
    cinemasOf: () => [],
    handle: async () => getETicketKeysReplyJson({ host, keys: await keys.published() }),
  });

  return [createETicket, revokeETicket, recordPickUp, getETicketKeys];
}
