import { APIS, errorReplyJson, getTicketInfosQuery, ProtocolError, ticketInfosReplyJson } from '@ticket-check/protocol';
import { type Call, type SignedApi, signedApi } from './signed-api.ts';

/** Up to 100 questions under one signature, each with its own answer or refusal. Extension `ticket-infos`; reading X1. */
export function getTicketInfosApi(getTicketInfo: SignedApi, { maxUnderWay }: { maxUnderWay: number }): SignedApi {
  async function answerTo(question: unknown, call: Call): Promise<unknown> {
    try {
      // GetTicketInfo itself refuses a question that is no object.
      return await getTicketInfo.answer(question as Record<string, unknown>, call);
    } catch (error) {
      if (error instanceof ProtocolError) return errorReplyJson(error.code, error.message);
      throw error;
    }
  }

  return signedApi({
    name: APIS.getTicketInfos,
    role: getTicketInfo.role,
    priority: 'question',
    query: getTicketInfosQuery,
    // GetTicketInfo holds each question to the cinemas of the account.
    cinemasOf: () => [],
    underWay: { perOwner: maxUnderWay },
    handle: async ({ tickets }, call) =>
      ticketInfosReplyJson(await Promise.all(tickets.map((question) => answerTo(question, call)))),
  });
}
