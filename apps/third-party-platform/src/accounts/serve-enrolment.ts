import {
  type AccountTables,
  bundleCinemaCodes,
  createEnrolments,
  ENROLMENT_PATH,
  type Enrolled,
  type EnrolmentTables,
  type Issuer,
} from '@ticket-check/exchange';
import { type OperationTables, tryOperation } from '@ticket-check/operators';
import { KeyRefusal } from '@ticket-check/protocol';
import { createLogSampler, discardRest, ExpectedError, rateLimitKey, type Service } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import type { FastifyError } from 'fastify';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import { z } from 'zod';

/** A code has 128 random bits: this bounds what asking costs, and no guess. A bound for all would let a few stop every enrolment. */
const TRIES = { perAddress: 20, seconds: 60 };
/** A public key of 4096 bits has 800 bytes. */
const BODY_BYTES = 8192;

const asked = z.object({ Code: z.string().min(1).max(64), PublicKey: z.string().min(1).max(4096) });

const REFUSED = { error: 'enrolment-unknown' };

/**
 * Serves enrolments beside the signed Apis: `GET /enrolment` is the CA certificate, which callers verify by the fingerprint
 * that they were given; `POST /enrolment` issues the account of a code to a public key, once. Reading E8.
 */
export function serveEnrolment(
  service: Service,
  { store, issuer }: { store: Store<AccountTables & EnrolmentTables & OperationTables>; issuer: () => Promise<Issuer> },
): void {
  const { now, logger } = service;
  const enrolments = createEnrolments(store, now);

  async function redeem(code: string, publicKey: string, from: string): Promise<Enrolled | null> {
    let repeat: Enrolled | null = null;
    const operation = { name: 'account add', actor: 'enrolment', from, what: {}, now };
    const issued = await tryOperation(
      store,
      operation,
      async (within) => {
        const enrolled = await createEnrolments(within, now).redeem(code, publicKey);
        if (enrolled?.isRepeat !== true) return enrolled;
        repeat = enrolled;
        return null;
      },
      ({ username, cinemaCodes, createdBy, fingerprint }) => ({ username, cinemaCodes, createdBy, fingerprint }),
    );
    return issued ?? repeat;
  }

  service.route(async (root) => {
    await root.register(async (app) => {
      const refusals = createLogSampler({ logger, summary: 'more enrolments were refused' });
      app.addHook('onClose', async () => refusals.close());
      const byAddress = new RateLimiterMemory({ points: TRIES.perAddress, duration: TRIES.seconds });
      const note = (code: string, ip: string) =>
        refusals.note(code, ip, () => logger.warn({ code, remoteAddress: ip }, 'refused an enrolment'));

      app.setErrorHandler((error: FastifyError, request, reply) => {
        discardRest(request, reply);
        const status = error.statusCode ?? 500;
        if (status < 500) return reply.code(status).send({ error: 'bad-input' });
        request.log.error({ err: error }, 'failed to enrol an account');
        return reply.code(500).send({ error: 'failed' });
      });

      app.get(ENROLMENT_PATH, async (_request, reply) => {
        const { caCertificate } = await issuer();
        return caCertificate === null
          ? reply.code(404).send({ error: 'no-ca' })
          : reply.type('application/x-pem-file').send(caCertificate);
      });

      app.post(ENROLMENT_PATH, { bodyLimit: BODY_BYTES }, async (request, reply) => {
        const { ip } = request;
        try {
          await byAddress.consume(rateLimitKey(ip));
        } catch {
          note('too-many', ip);
          return reply.code(429).header('retry-after', TRIES.seconds).send({ error: 'too-many' });
        }
        const read = asked.safeParse(request.body);
        if (!read.success) return reply.code(400).send({ error: 'bad-input' });
        try {
          // A wrong code costs a look, and no transaction.
          const isGood = await enrolments.isGood(read.data.Code);
          const enrolled = isGood ? await redeem(read.data.Code, read.data.PublicKey, ip) : null;
          if (enrolled === null) {
            note('enrolment-unknown', ip);
            return reply.code(404).send(REFUSED);
          }
          const { username, cinemaCodes } = enrolled;
          logger.info({ username, remoteAddress: ip }, 'issued an account for its code');
          return { Username: username, CinemaCodes: bundleCinemaCodes(cinemaCodes) };
        } catch (error) {
          if (!(error instanceof KeyRefusal || error instanceof ExpectedError)) throw error;
          note('refused', ip);
          return reply.code(409).send({ error: 'refused', message: error.message });
        }
      });
    });
  });
}
