import { type CinemaCode, type Extension, ProtocolError, parseQuery, type WallClock } from '@ticket-check/protocol';
import { createConcurrencyLimit } from '@ticket-check/runtime';
import type { FastifyBaseLogger } from 'fastify';
import type { ZodType } from 'zod';
import { type Account, type AccountRole, mayActFor } from '../accounts/account.ts';
import type { CallPriority } from '../priority.ts';

export type Call = {
  readonly account: Account;
  extended(token: Extension): boolean;
  /** The request's Datetime and the bytes of its signature, which are the same in every copy of the request. */
  readonly signed: { readonly datetime: WallClock; readonly signature: Buffer };
  readonly requestId: string;
  readonly log: FastifyBaseLogger;
  /** Logs what the account may do again at any rate: the first lines of each message in full, then a count (`LogSampler`). */
  warn(line: Record<string, unknown>, message: string): void;
};

export type SignedApi = {
  readonly name: string;
  readonly role: AccountRole;
  readonly bulk: boolean;
  /** The purpose of its calls, which decides their priority under load. */
  readonly priority: CallPriority;
  /** Whether a request only probes the line. It costs as little as a refusal, and is answered at once. */
  isProbe(queryData: Record<string, unknown>): boolean;
  /** Answers a verified question with its ReplyData; throws ProtocolError to refuse. */
  answer(queryData: Record<string, unknown>, call: Call): Promise<unknown>;
};

/** Defines one Api; `handle` is called only for a verified account that may act for the query's cinemas. See CONTRIBUTING.md. */
export function signedApi<Q>(
  definition: Omit<SignedApi, 'answer' | 'bulk' | 'isProbe'> & {
    bulk?: boolean;
    isProbe?: SignedApi['isProbe'];
    /** How many calls may be under way, of one account and in all; further ones are refused with OVERLOADED. */
    underWay?: { perOwner: number; inAll?: number };
    query: ZodType<Q>;
    cinemasOf(query: Q): readonly CinemaCode[];
    handle(query: Q, call: Call): Promise<unknown>;
  },
): SignedApi {
  const { name, role, bulk = false, priority, isProbe = () => false } = definition;
  const { query: schema, cinemasOf, handle, underWay } = definition;
  const calls = underWay && createConcurrencyLimit(underWay);
  return {
    name,
    role,
    bulk,
    priority,
    isProbe,
    async answer(queryData, call) {
      const query = parseQuery(schema, queryData);
      const foreign = cinemasOf(query).find((cinemaCode) => !mayActFor(call.account, cinemaCode));
      if (foreign !== undefined)
        throw new ProtocolError('CINEMA_NOT_ALLOWED', `This account may not act for cinema ${foreign}.`);
      if (calls === undefined) return handle(query, call);
      const answer = calls.run(call.account.username, () => handle(query, call));
      if (answer !== null) return answer;
      throw new ProtocolError('OVERLOADED', `Too many calls of ${name} are under way; send this one later.`);
    },
  };
}
