import type { Bundle, Upstream } from '@ticket-check/exchange';
import { postRaw, type RawReply } from '@ticket-check/exchange/testing';
import {
  APIS,
  type ETicketText,
  eTicketOrderQueryJson,
  readCreateETicketReply,
  readETicket,
} from '@ticket-check/protocol';
import type { Logger } from '@ticket-check/runtime';
import { freePort } from '@ticket-check/runtime/testing';
import { readSymbolSvg } from '@ticket-check/simulators/symbols';
import { CINEMA, makeUkey, type SoldTicket } from '../../testing/test-cinema.ts';
import { ask, createSiteBehind, createTerminal } from '../../testing/test-platform.ts';

const ukey = makeUkey();

/** A platform that serves e-tickets, the national platform above it, a selling service and a terminal. */
export async function startScene(
  databaseUrl: string,
  settings: Record<string, string> = {},
  { logger, ...above }: { offersChanges?: boolean; kind?: 'extended' | 'plain'; logger?: Logger } = {},
) {
  const port = `${await freePort()}`;
  const own = { PORT: port, PUBLIC_URL: `https://127.0.0.1:${port}`, ...settings };
  const { national, site, sell } = await createSiteBehind(ukey, { url: databaseUrl, settings: own, ...above });
  const service = await site.start(logger);
  await site.keysStored();
  const bundle = await site.issue('seller-1', CINEMA, service.url, '--seller');
  const seller = createTerminal(bundle);
  const terminal = createTerminal(await site.issue('terminal-1', CINEMA, service.url));
  return {
    national,
    site,
    service,
    seller,
    terminal,
    host: `127.0.0.1:${port}`,
    /** A ticket that the national platform knows. */
    sell,
    /** What a browser without scripts is answered. */
    get: (path: string): Promise<RawReply> => get(bundle, service.url + path),
    bundle,
  };
}

const get = ({ CaCertificate }: Bundle, url: string) => postRaw(url, '', { ca: CaCertificate ?? '', method: 'GET' });

/** Has an e-ticket made; answers the path of its page too. */
export async function createETicket(seller: Upstream, { code, info }: SoldTicket) {
  const reply = await ask(seller, APIS.createETicket, eTicketOrderQueryJson({ ...info, ticketInfoCode: code }));
  if (typeof reply === 'string') throw new Error(reply);
  const link = readCreateETicketReply(reply);
  return { ...link, path: new URL(link.url).pathname };
}

/** The e-ticket in a code that a page shows, as an independent reader sees it. */
export async function readCode(svg: string): Promise<ETicketText> {
  const text = await readSymbolSvg(svg);
  const read = readETicket(text ?? '');
  if (typeof read === 'string') throw new Error(`${read}: ${text}`);
  return read;
}
