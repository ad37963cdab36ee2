import { createRefusalPace } from '@ticket-check/exchange';
import { beginEventStream, createLogSampler, rateLimitKey, type Service } from '@ticket-check/runtime';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import { type ETicket, type ETicketStore, hashOf, isToken } from '../e-ticket-store.ts';
import type { OpenPages } from './open-pages.ts';
import { PAGE_POLICY, renderETicket, renderMessage } from './render-page.ts';
import type { Shown } from './shown.ts';

/** A page without events asks twice a minute, and a guest opens it now and then. */
const ASKED_OF_A_LINK = { points: 60, duration: 60 };
const BUSY_SECONDS = 30;

const UNKNOWN = renderMessage(
  ['没有这张电子影票', 'No such e-ticket'],
  [
    '链接有误，或已失效。请向售票方索取新的链接。',
    'The link is wrong, or has ended. Ask the seller of the ticket for a new one.',
  ],
);
const OF_A_CODE = renderMessage(
  ['这是电影票的二维码', "This is a ticket's code"],
  [
    '请在检票口的扫码枪前出示，不必用手机打开。要查看电子影票，请打开售票方发送的链接。',
    'Show it to the scanner at the door; it is not meant to be opened. To see the e-ticket, open the link that the seller sent.',
  ],
);
const TOO_OFTEN = renderMessage(
  ['请稍候', 'Wait a moment'],
  ['此电子影票打开得过于频繁，请一分钟后再试。', 'This e-ticket was opened too often: try again in a minute.'],
);

type LinkRequest = FastifyRequest<{ Params: { token: string } }>;

/**
 * Serves the pages of e-tickets on the listener of the signed Apis. A wrong link and a revoked one get the same answer, which
 * comes later to an address that tries many. Readings C5, C6.
 */
export function serveETicketPages(
  service: Service,
  options: {
    eTickets: Pick<ETicketStore, 'find'>;
    /** Has the details of its ticket looked up where that is due, and waits for them, within bounds. */
    show(eTicket: ETicket): Promise<Shown>;
    pages: OpenPages;
    refusalsPerMinute: number;
    refused: Record<'unknown' | 'too-often' | 'full', number>;
  },
): void {
  const { eTickets, show, pages, refusalsPerMinute, refused } = options;
  const { logger } = service;

  service.route(async (root) => {
    await root.register(async (app) => {
      const pace = createRefusalPace({ perMinute: refusalsPerMinute });
      const ofALink = new RateLimiterMemory(ASKED_OF_A_LINK);
      const refusals = createLogSampler({ logger, summary: 'more requests for e-tickets were refused' });
      app.addHook('preClose', async () => pages.close());
      app.addHook('onClose', async () => {
        pace.close();
        refusals.close();
      });
      app.addHook('onRequest', async (_request, reply) => {
        reply.headers({
          'cache-control': 'no-store',
          'content-security-policy': PAGE_POLICY,
          // The address is the ticket.
          'referrer-policy': 'no-referrer',
          'x-content-type-options': 'nosniff',
        });
      });

      /** Answers about the e-ticket of a request, unless it is refused. */
      const answering =
        (answer: (eTicket: ETicket, reply: FastifyReply, ip: string) => Promise<FastifyReply | undefined>) =>
        async ({ ip, params: { token } }: LinkRequest, reply: FastifyReply) => {
          const eTicket = isToken(token) ? await eTickets.find(token) : null;
          if (eTicket === null) {
            refused.unknown += 1;
            const line = { remoteAddress: ip };
            refusals.note('unknown', ip, () => logger.info(line, 'refused an unknown e-ticket link'));
            await pace.slow(ip, () => logger.warn(line, 'slowed an address that guesses e-ticket links'));
            return html(reply.code(404), UNKNOWN);
          }
          try {
            await ofALink.consume(hashOf(token));
          } catch {
            refused['too-often'] += 1;
            return html(reply.code(429).header('retry-after', ASKED_OF_A_LINK.duration), TOO_OFTEN);
          }
          return answer(eTicket, reply, ip);
        };

      app.get('/t', async (_request, reply) => html(reply, OF_A_CODE));
      app.get(
        '/t/:token',
        answering(async (eTicket, reply) => html(reply, renderETicket(await show(eTicket)))),
      );
      app.get(
        '/t/:token/now',
        answering(async (eTicket, reply) => reply.send(await show(eTicket))),
      );
      const listen = answering(async (eTicket, reply, ip) => {
        const group = rateLimitKey(ip);
        if (!pages.hasRoom(group)) {
          refused.full += 1;
          // The page asks by itself from now on, twice a minute.
          return reply.code(503).header('retry-after', BUSY_SECONDS).send({ error: 'busy' });
        }
        const stream = beginEventStream(reply);
        stream?.onClose(pages.open(eTicket, stream, group));
      });
      app.get('/t/:token/events', { exposeHeadRoute: false }, listen);
    });
  });
}

const html = (reply: FastifyReply, page: string): FastifyReply => reply.type('text/html; charset=utf-8').send(page);
