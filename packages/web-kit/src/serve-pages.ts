import cookie from '@fastify/cookie';
import csrf from '@fastify/csrf-protection';
import formbody from '@fastify/formbody';
import helmet from '@fastify/helmet';
import type { OperationTables, OperatorTables } from '@ticket-check/operators';
import { createSessions, endSessionsJob, type Permission, permits, type Session } from '@ticket-check/operators/login';
import { createLogSampler, discardRest, type Service } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { accountPages } from './account/account-pages.ts';
import { serveAssets } from './assets.ts';
import { type InEachLanguage, LANGUAGE_COOKIE, LANGUAGES, languageOf } from './language.ts';
import { loginPages } from './login-pages.ts';
import type { PageSet } from './page.ts';
import { PageError, type PageErrorKind } from './page-error.ts';
import { createRenderer } from './renderer.ts';
import { parseReturnPath, withReturn } from './return-path.ts';
import { readTexts } from './sent-texts.ts';
import { COOKIE, FORM_COOKIE, sessionOf } from './session-cookie.ts';
import { WORDS } from './words.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** The session of whoever asks for a page; null before it was looked up, and where there is none. */
    operatorSession: Session | null;
  }
}

/** A year, in seconds. */
const LANGUAGE_KEPT = 365 * 86_400;

/**
 * Serves pages for operators on the service's console: login, change of password, and those of its capabilities. Every
 * page but the login needs a session, and a permission of the operator's role.
 */
export function servePages(
  service: Service,
  options: {
    store: Store<OperatorTables & OperationTables>;
    /** What the pages are called. */
    site: InEachLanguage;
    sets: readonly PageSet[];
  },
): void {
  const { store, site, sets } = options;
  const { now, logger } = service;
  const sessions = createSessions(store, now);
  service.job({
    name: 'end sessions',
    runs: 'in one process',
    start: () => endSessionsJob({ store, now, logger }),
  });

  service.pages(async (console) => {
    await console.register(async (app) => {
      await secure(app);
      const refusals = createLogSampler({ logger, summary: 'more requests for pages were refused' });
      app.addHook('onClose', async () => refusals.close());
      const assets = serveAssets(app);
      const renderer = createRenderer({ site, sets, assets });

      answerErrors(app, renderer.error, (code, request) =>
        refusals.note(code, request.ip, () =>
          request.log.info({ code, remoteAddress: request.ip, path: request.routeOptions.url }, 'page refused'),
        ),
      );

      /**
       * Lets those pass who have a session and the permission; others are led to the login, or told. Whoever has to choose a
       * password first gets no further than `session`.
       */
      const guard =
        (permission: Permission | null | 'session') => async (request: FastifyRequest, reply: FastifyReply) => {
          const session = await sessionOf(request, sessions);
          request.operatorSession = session;
          if (session === null) {
            const back = parseReturnPath(request.url);
            if (isLinkFromElsewhere(request)) {
              // A link in a colleague's message: the browser leaves the cookie out, and sends it once this page asks.
              const message = WORDS[languageOf(request)].moment;
              const data = { message, requestId: null, link: back };
              return renderer.page(reply, null, { title: message.title, view: 'kit/message', data, refresh: back });
            }
            return reply.redirect(withReturn('/login', back), 303);
          }
          if (permission === 'session') return;
          if (session.operator.oneTimeUntil !== null) {
            return reply.redirect(withReturn('/password', parseReturnPath(request.url)), 303);
          }
          if (permission !== null && !permits(session.operator.role, permission)) throw new PageError('forbidden');
        };
      const unforged = { preHandler: app.csrfProtection };

      app.get('/', { onRequest: guard('session') }, async (request, reply) => {
        const operator = request.operatorSession?.operator;
        if (operator?.oneTimeUntil !== null) return reply.redirect('/password', 303);
        const first = sets.find(({ menu }) => permits(operator.role, menu.permission));
        if (first === undefined) throw new PageError('forbidden');
        return reply.redirect(first.menu.path, 303);
      });
      app.get('/language', async (request, reply) => {
        const query = readTexts(request.query);
        const language = LANGUAGES.find((known) => known === query.get('to'));
        if (language === undefined) throw new PageError('bad-input');
        return reply
          .setCookie(LANGUAGE_COOKIE, language, { ...COOKIE, maxAge: LANGUAGE_KEPT })
          .redirect(parseReturnPath(query.get('return')), 303);
      });
      loginPages(app, { service, store, sessions, renderer, guard: guard('session'), unforged, refusals });

      const pages = [...accountPages({ store, now }), ...sets.flatMap((set) => set.pages)];
      for (const { method, path, permission, handler } of pages) {
        const route = { onRequest: guard(permission), ...(method === 'post' ? unforged : {}) };
        app[method](path, route, async (request, reply) => {
          const session = request.operatorSession;
          if (session === null) throw new Error('the guard lets nobody pass without a session');
          const shown = await handler({
            session,
            operator: session.operator,
            language: languageOf(request),
            address: request.ip,
            query: readTexts(request.query),
            form: readTexts(request.body),
          });
          if ('redirect' in shown) return reply.redirect(shown.redirect, 303);
          return renderer.page(reply, session, shown);
        });
      }
    });
  });
}

/** What holds for every page, whoever asks. */
async function secure(app: FastifyInstance): Promise<void> {
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
  await app.register(csrf, { cookieKey: FORM_COOKIE, cookieOpts: COOKIE, getToken: formToken });
  app.addHook('onRequest', async (request, reply) => {
    reply.header('cache-control', 'no-store');
    // A browser says where a form was sent from; another service at this host is another origin.
    const from = request.headers['sec-fetch-site'];
    if (request.method === 'POST' && from !== undefined && from !== 'same-origin' && from !== 'none') {
      throw new PageError('forged-form');
    }
  });
  app.removeAllContentTypeParsers();
  await app.register(formbody);
}

function formToken({ body }: FastifyRequest): string | undefined {
  const token = (body as Record<string, unknown> | null | undefined)?._csrf;
  return typeof token === 'string' ? token : undefined;
}

function answerErrors(
  app: FastifyInstance,
  answer: (reply: FastifyReply, session: Session | null, kind: PageErrorKind, status?: number) => FastifyReply,
  note: (code: string, request: FastifyRequest) => void,
): void {
  app.setNotFoundHandler((request, reply) => {
    discardRest(request, reply);
    return answer(reply, null, 'not-found');
  });
  app.setErrorHandler((error: FastifyError | PageError, request, reply) => {
    discardRest(request, reply);
    const session = request.operatorSession;
    if (error instanceof PageError) {
      note(error.kind, request);
      return answer(reply, session, error.kind);
    }
    const status = error.statusCode ?? 500;
    if (status >= 500) {
      request.log.error({ err: error, method: request.method, route: request.routeOptions.url }, 'page failed');
      return answer(reply, session, 'failed', status);
    }
    note(error.code, request);
    if (error.code.startsWith('FST_CSRF_')) return answer(reply, session, 'forged-form');
    return answer(reply, session, status === 413 ? 'too-long' : 'bad-input', status);
  });
}

function isLinkFromElsewhere({ method, headers }: FastifyRequest): boolean {
  return method === 'GET' && headers['sec-fetch-site'] === 'cross-site';
}
