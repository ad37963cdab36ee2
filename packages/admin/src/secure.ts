import { parse } from 'node:querystring';
import cookie from '@fastify/cookie';
import csrf from '@fastify/csrf-protection';
import helmet from '@fastify/helmet';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { PageError } from './sent-texts.ts';
import { COOKIE, nameCookies } from './session-cookie.ts';

export async function secure(app: FastifyInstance, service: string): Promise<void> {
  app.decorateRequest('operatorSession', null);
  await app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
        baseUri: ["'none'"],
      },
    },
    xFrameOptions: { action: 'deny' },
    referrerPolicy: { policy: 'same-origin' },
    // It would hold for every port of the host, and for services beside this one that speak HTTP.
    strictTransportSecurity: false,
  });
  await app.register(cookie);
  const { form } = nameCookies(app, service);
  // Its refusals are errors, which are logged as others are: by a sampler.
  await app.register(csrf, { cookieKey: form, cookieOpts: COOKIE, getToken: formToken, logLevel: 'silent' });
  app.addHook('onRequest', async (request, reply) => {
    reply.header('cache-control', 'no-store');
    // A browser says where a form was sent from; another service at this host is another origin.
    const from = request.headers['sec-fetch-site'];
    if (request.method === 'POST' && from !== undefined && from !== 'same-origin' && from !== 'none') {
      throw new PageError('forged-form');
    }
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, done) =>
    done(null, parse(String(body))),
  );
}

function formToken({ body, headers }: FastifyRequest): string | undefined {
  const header = headers['x-csrf-token'];
  if (header !== undefined) return Array.isArray(header) ? header[0] : header;
  const token = (body as Record<string, unknown> | null | undefined)?._csrf;
  return typeof token === 'string' ? token : undefined;
}
