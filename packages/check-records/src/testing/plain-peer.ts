import { generateKeyPairSync } from 'node:crypto';
import { createUpstream, type Upstream } from '@ticket-check/exchange';
import { type PeerAnswer, sharedTls, startPeer } from '@ticket-check/exchange/testing';
import { onTestFinished } from 'vitest';

/** A record as it stood in a request. */
export type WireTicket = {
  CheckTime: string;
  FilmTicketCode: string;
  ScreenName: string;
  FilmName: string;
  TicketType: string;
  RowNum: number;
  RecordId?: string;
};

export type PlainPeer = {
  /** The reports it got, in order. */
  readonly reports: WireTicket[][];
  /** What it has kept, each record as often as it kept it. */
  readonly kept: WireTicket[];
  readonly upstream: Upstream;
  /** What it does with a report: keeps it or refuses it, or answers something else. */
  answer: (tickets: WireTicket[], peer: PlainPeer) => boolean | PeerAnswer | Promise<boolean | PeerAnswer>;
};

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });

/** Somebody else's platform: it knows the scheme and nothing more, and says `"true"` for true. */
export async function startPlainPeer(answer: PlainPeer['answer'], now: () => number): Promise<PlainPeer> {
  const server = await startPeer(
    async ({ body }) => {
      const { Api, QueryData } = JSON.parse(body);
      if (Api !== 'ReportOriginalCheckTickets') return reply({ PublicKeys: [] });
      const tickets: WireTicket[] = QueryData.CheckTickets;
      peer.reports.push(tickets);
      const said = await peer.answer(tickets, peer);
      if (typeof said !== 'boolean') return said;
      if (said) peer.kept.push(...tickets);
      return reply({ ReportResult: String(said) });
    },
    { tls: await sharedTls() },
  );
  onTestFinished(() => server.close());
  const upstream = createUpstream({
    url: server.url,
    ca: server.ca,
    username: 'sender',
    privateKey,
    extensions: ['record-id'],
    now,
  });
  onTestFinished(() => upstream.close());
  const peer: PlainPeer = { reports: [], kept: [], upstream, answer };
  return peer;
}

export function reply(replyData: unknown): { body: string } {
  return { body: JSON.stringify({ Version: '1.0', Datetime: '2026-11-24T20:00:00', ReplyData: replyData }) };
}
