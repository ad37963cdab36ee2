import { request } from 'node:https';
import { json } from 'node:stream/consumers';
import type { Bundle } from '@ticket-check/exchange';
import { APIS, eTicketOrderQueryJson, readCreateETicketReply } from '@ticket-check/protocol';
import { connectByBundle, type Ticket } from '../box-office/index.ts';
import { readSymbolSvg } from '../box-office/testing/index.ts';
import type { Site } from './site.ts';

const TIMEOUT_MS = 10_000;

/** A guest's e-ticket. */
export interface ETicket {
  /** The address of its page. */
  url: string;
  /** The text of the code that the page shows now, as a scanner reads it. */
  readCode(): Promise<string>;
}

/**
 * Has a selling service make the e-ticket of a ticket.
 * @throws Error that says what the platform answered.
 */
export async function makeETicket(site: Site, seller: Bundle, ticket: Ticket): Promise<ETicket> {
  const base = site.urlOf('third-party-platform');
  const platform = connectByBundle({ ...seller, Url: base }, Date.now);
  try {
    const options = { read: readCreateETicketReply, timeoutMs: TIMEOUT_MS, idempotent: true };
    const outcome = await platform.call(APIS.createETicket, eTicketOrderQueryJson(ticket), options);
    if (outcome.kind !== 'delivered') throw new Error(`CreateETicket failed: ${outcome.code}: ${outcome.message}`);
    const { url } = outcome.reply;
    const now = new URL(`${new URL(url).pathname}/now`, base);
    return { url, readCode: () => readCode(now, seller.CaCertificate) };
  } finally {
    await platform.close();
  }
}

/** Reads the code as the page does without live updates. */
async function readCode(url: URL, ca: string | null): Promise<string> {
  const { code } = await new Promise<{ code: string | null }>((resolve, reject) => {
    request(url, { ca: ca ?? undefined, agent: false }, (response) => {
      json(response).then((shown) => resolve(shown as { code: string | null }), reject);
    })
      .once('error', reject)
      .end();
  });
  const text = code === null ? null : await readSymbolSvg(code);
  if (text === null) throw new Error(`the e-ticket at ${url} shows no code`);
  return text;
}
