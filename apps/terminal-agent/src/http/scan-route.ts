import { ERROR_CODES, type ErrorCode } from '@ticket-check/protocol';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { z } from 'zod';
import { GATE_NAME } from '../gate/gate.ts';
import type { VerdictJson } from '../scan/scan-result.ts';
import { verifyBearer } from './scan-token.ts';

const scanBody = z.strictObject({
  Text: z.string().max(8192),
  Gate: z.string().regex(GATE_NAME).optional(),
});

/**
 * `POST /scan`: one scan, for whoever holds this terminal's token. The answer to every verdict is 200; what is no scan
 * request is refused with `{ ErrorCode, ErrorMessage }`.
 */
export function scanRoute(
  app: FastifyInstance,
  options: { token: string; scan: (text: string, gate?: string) => Promise<VerdictJson> },
): void {
  app.post(
    '/scan',
    {
      bodyLimit: 64 * 1024,
      onRequest: async (request, reply) => {
        if (verifyBearer(request.headers.authorization, options.token)) return;
        reply.header('www-authenticate', 'Bearer');
        return refuse(reply, 'UNAUTHORIZED', 'A scan needs the token of this terminal: Authorization: Bearer <token>.');
      },
    },
    async (request, reply) => {
      const body = scanBody.safeParse(request.body);
      if (!body.success) {
        const { path, message } = body.error.issues[0] ?? { path: [], message: 'it is not' };
        return refuse(
          reply,
          'INVALID_QUERY',
          `A scan is {"Text": "…", "Gate"?: "…"}; ${path.join('.') || 'it'}: ${message}.`,
        );
      }
      reply.header('cache-control', 'no-store');
      return options.scan(body.data.Text, body.data.Gate);
    },
  );
}

function refuse(reply: FastifyReply, code: ErrorCode, message: string): FastifyReply {
  return reply.code(ERROR_CODES[code].status).send({ ErrorCode: code, ErrorMessage: message });
}
