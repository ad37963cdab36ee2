import { createRefusalPace } from '@ticket-check/exchange';
import { ERROR_CODES, type ErrorCode, isGateName, ProtocolError } from '@ticket-check/protocol';
import { Counter, createLogSampler, discardRest, type Service } from '@ticket-check/runtime';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { AnswerScan } from '../scan/answer-scans.ts';
import { verifyBearer } from '../secrets/secret-file.ts';

export const scanBody = z.strictObject({
  Text: z.string().max(8192),
  Gate: z.string().refine(isGateName).optional(),
  Scanner: z.string().refine(isGateName).optional(),
});

/** Prepares an app to tell the requests of kiosk pages that may scan. */
export type KioskMay = (app: FastifyInstance) => Promise<(request: FastifyRequest) => Promise<boolean>>;

/** Wrong tokens of an address in a minute that are answered at once; each further one waits a second. */
const TRIES = 5;
/** The bounds of connections are bounds of what waits. */
const WAITING = { perAddress: Number.POSITIVE_INFINITY, inAll: Number.POSITIVE_INFINITY };

/**
 * Serves `POST /scan`: one scan, with this terminal's token or from its kiosk page, at the terminal or on the phone of staff. Every verdict is answered with 200; bad requests
 * are refused with `{ ErrorCode, ErrorMessage }` and logged, sampled by `LogSampler`.
 */
export function serveScans(
  service: Service,
  { token, kioskMay, scan }: { token: string; kioskMay: KioskMay | null; scan: AnswerScan },
): void {
  const refused = new Counter({
    name: 'scan_tokens_refused_total',
    help: 'Requests to scan without the token of this terminal',
    registers: [service.metrics],
  });

  async function route(app: FastifyInstance): Promise<void> {
    const isFromKiosk = kioskMay === null ? () => false : await kioskMay(app);
    const pace = createRefusalPace({ perMinute: TRIES, maxWaiting: WAITING });
    app.addHook('preClose', async () => pace.close());
    const refusals = createLogSampler({ logger: app.log, summary: 'more requests were refused' });
    app.addHook('onClose', async () => refusals.close());

    function refuse(reply: FastifyReply, code: ErrorCode, message: string): FastifyReply {
      const { request } = reply;
      discardRest(request, reply);
      refusals.note(code, request.ip, () =>
        request.log.warn({ code, remoteAddress: request.ip, reason: message }, 'request refused'),
      );
      return reply.code(ERROR_CODES[code].status).send({ ErrorCode: code, ErrorMessage: message });
    }

    app.setErrorHandler((error: FastifyError | ProtocolError, _request, reply) => {
      if (error instanceof ProtocolError) return refuse(reply, error.code, error.message);
      if (error.statusCode === 413) return refuse(reply, 'BODY_TOO_LARGE', 'A scan is not as long as this.');
      if (error.statusCode === undefined || error.statusCode >= 500) throw error;
      return refuse(reply, 'INVALID_JSON', `A scan is a JSON object, sent as application/json: ${error.message}`);
    });

    app.post(
      '/scan',
      {
        bodyLimit: 64 * 1024,
        onRequest: async (request, reply) => {
          if (verifyBearer(request.headers.authorization, token) || (await isFromKiosk(request))) return;
          refused.inc();
          const remoteAddress = request.ip;
          await pace.slow(remoteAddress, () =>
            refusals.note('slowed', remoteAddress, () =>
              request.log.warn({ remoteAddress }, 'slowing wrong tokens of an address'),
            ),
          );
          reply.header('www-authenticate', 'Bearer');
          return refuse(
            reply,
            'UNAUTHORIZED',
            'A scan needs the token of this terminal: Authorization: Bearer <token>.',
          );
        },
      },
      async (request, reply) => {
        const body = scanBody.safeParse(request.body);
        if (!body.success) return refuse(reply, 'INVALID_QUERY', faultIn(body.error));
        reply.header('cache-control', 'no-store');
        return scan(body.data.Text, body.data.Gate, body.data.Scanner);
      },
    );
  }

  service.route(async (app) => {
    await app.register(route);
  });
}

function faultIn(error: z.ZodError): string {
  const { path = [], message } = error.issues[0] ?? {};
  return `A scan is {"Text": "…", "Gate"?: "…", "Scanner"?: "…"}; ${path.join('.') || 'this'}: ${message ?? 'is none'}.`;
}
