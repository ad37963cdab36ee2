import type { Upstream } from '@ticket-check/exchange';
import { connectTo } from '@ticket-check/exchange/testing';
import { APIS } from '@ticket-check/protocol';
import type { PeerAnswer } from '@ticket-check/runtime/testing';
import { HttpAnswer } from '@ticket-check/simulators/peers';
import { startNationalPlatform } from '@ticket-check/simulators/peers/vitest';
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

/** A plain platform whose answers to reports are the test's, with a client of it. */
export async function startPlainPeer(answer: PlainPeer['answer'], now: () => number): Promise<PlainPeer> {
  const platform = await startNationalPlatform({ kind: 'plain', now });
  const upstream = connectTo(platform.bundle, { extensions: ['record-id'], now });
  onTestFinished(() => upstream.close());
  const peer: PlainPeer = { reports: [], kept: [], upstream, answer };
  platform.replace(APIS.reportOriginalCheckTickets, async ({ CheckTickets }) => {
    const tickets = CheckTickets as WireTicket[];
    peer.reports.push(tickets);
    const said = await peer.answer(tickets, peer);
    if (typeof said !== 'boolean') return new HttpAnswer(said);
    if (said) peer.kept.push(...tickets);
    return { ReportResult: String(said) };
  });
  return peer;
}

export function reply(replyData: unknown): { body: string } {
  return { body: JSON.stringify({ Version: '1.0', Datetime: '2026-11-24T20:00:00', ReplyData: replyData }) };
}
