import {
  createApiTokens,
  createLogins,
  createSessions,
  endSessionsJob,
  type OperationTables,
  type OperatorTables,
  type Role,
} from '@ticket-check/operators';
import { createLogSampler, discardRest, OperationRefused, type Service } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import type { FastifyError, FastifyInstance, FastifyRequest } from 'fastify';
import { ownAccount } from './account/own-account.ts';
import { auditPages } from './audit-pages.ts';
import type { Reading } from './declared/reading.ts';
import { findHelp } from './documents.ts';
import { createGuard, ownJson, sessionIn } from './guard.ts';
import { type InEachLanguage, LANGUAGE_COOKIE, LANGUAGES, languageOf } from './language.ts';
import { loginPages } from './login-pages.ts';
import { createNames } from './names.ts';
import { operatorsScreens } from './operators/serve-operators.ts';
import { createFirstDuty, mayAsk, menuFor, type PageSet } from './page.ts';
import { createRenderer, type LookSettings, type Renderer, readLogo, serveAssets } from './renderer.ts';
import { secure } from './secure.ts';
import { PAGE_ERROR_KINDS, PageError, parseReturnPath, Refused, readTexts } from './sent-texts.ts';
import { serveActions } from './serve-actions.ts';
import { bearerOf, serveJson } from './serve-json.ts';
import { serveLive } from './serve-live.ts';
import { serveScreens } from './serve-screens.ts';
import { COOKIE } from './session-cookie.ts';
import { tokensScreen } from './tokens/tokens.ts';

const LANGUAGE_KEPT = 365 * 86_400;

/**
 * Serves pages for operators on the service's console: login, one's own account, and those of its capabilities. Every
 * page but the login needs a session, and a permission of the operator's role.
 */
export function servePages(
  service: Service,
  options: {
    store: Store<OperatorTables & OperationTables>;
    reading: Reading;
    site: InEachLanguage;
    sets: readonly PageSet[];
    built: string;
    settings: LookSettings & { readonly SECOND_FACTOR_ROLES: readonly Role[] };
  },
): void {
  const { store, reading, site, built, settings } = options;
  const { now, logger } = service;
  const logo = settings.LOGO_FILE === undefined ? null : readLogo(settings.LOGO_FILE);
  const environment = settings.ENVIRONMENT_NAME ?? null;
  const sessions = createSessions(store, now);
  const tokens = createApiTokens(store, now);
  // What health finds is of all cinemas.
  service.healthReaders(async (request) => {
    const bearer = bearerOf(request);
    return bearer !== undefined && (await tokens.find(bearer))?.cinemaCodes === 'all';
  });
  const firstDuty = createFirstDuty(settings.SECOND_FACTOR_ROLES);
  service.job({ name: 'end sessions', runs: 'in one process', ...endSessionsJob({ store, now }) });

  service.pages(async (console) => {
    await console.register(async (app) => {
      await secure(app, service.name);
      const refusals = createLogSampler({ logger, summary: 'more requests for pages were refused' });
      app.addHook('onClose', async () => refusals.close());
      const assets = serveAssets(app, logo);
      const logins = createLogins({ store, now });
      const secondFactorRoles = settings.SECOND_FACTOR_ROLES;
      const account = ownAccount({ store, now, site, secondFactorRoles, logins });
      const readable = [...options.sets, auditPages({ store, reading })];
      const permissions = [...new Set(readable.flatMap(({ json = [] }) => json.map(({ permission }) => permission)))];
      const sets = [
        ...readable,
        operatorsScreens(store, logins.passwords, reading),
        tokensScreen(store, permissions, reading),
        account,
        API_PAGE,
      ];
      const renderer = createRenderer(site, environment, assets);

      const note = (code: string, request: FastifyRequest) =>
        refusals.note(code, request.ip, () =>
          request.log.info({ code, remoteAddress: request.ip, path: request.routeOptions.url }, 'page refused'),
        );
      answerErrors(app, renderer.error, note);
      const unforged = { preHandler: app.csrfProtection };
      const namesOf = createNames(sets);
      const served = { service, sets, namesOf, sessions, logins, firstDuty, refusals, note, renderer, unforged };
      const guard = createGuard(served);
      const kit = { ...served, guard };

      app.get('/', { config: { access: 'session' }, onRequest: guard('session') }, async (request, reply) => {
        const { operator } = sessionIn(request);
        const duty = firstDuty(operator);
        if (duty !== null) return reply.redirect(duty, 303);
        return reply.redirect(menuFor(sets, (access) => mayAsk(operator.role, access))[0]?.path ?? '/account', 303);
      });
      app.get('/language', async (request, reply) => {
        const query = readTexts(request.query);
        const language = LANGUAGES.find((known) => known === query.get('to'));
        if (language === undefined) throw new PageError('bad-input');
        return reply
          .setCookie(LANGUAGE_COOKIE, language, { ...COOKIE, maxAge: LANGUAGE_KEPT })
          .redirect(parseReturnPath(query.get('return')), 303);
      });
      const hasOperators = async () =>
        (await store.db.selectFrom('operator').select('username').limit(1).executeTakeFirst()) !== undefined;
      const forAnybody = ownJson(guard);
      app.get('/account.json', forAnybody, async (request) => account.read(sessionIn(request)));
      app.get('/help.json', forAnybody, async (request) => ({
        Help: await findHelp(readTexts(request.query).get('page') ?? '', {
          role: sessionIn(request).operator.role,
          language: languageOf(request),
        }),
      }));
      loginPages(app, kit, hasOperators);

      serveJson(app, kit, { title: site.en, tokens });
      await serveActions(app, kit);
      serveLive(app, kit);
      serveScreens(app, kit, { site, environment, built, assets });
      for (const { path, permission: access, to } of sets.flatMap(({ link }) => link ?? [])) {
        app.get(path, { config: { access }, onRequest: guard(access) }, async (request, reply) =>
          // The form of the login may not lead to another port: browsers refuse such a redirect.
          renderer.moment(reply, sessionIn(request), to(request.host)),
        );
      }
    });
  });
}

const API_PAGE: PageSet = {
  name: 'api',
  screens: [{ path: '/api', permission: 'settings.read', label: { zh: '数据接口', en: 'API' } }],
};

/** Answers what is refused or fails: with a page, or with JSON where the route has that. */
function answerErrors(
  app: FastifyInstance,
  answer: Renderer['error'],
  note: (code: string, request: FastifyRequest) => void,
): void {
  app.setNotFoundHandler((request, reply) => {
    discardRest(request, reply);
    return answer(reply, null, 'not-found');
  });
  app.setErrorHandler((thrown: FastifyError | Refused | OperationRefused, request, reply) => {
    discardRest(request, reply);
    const error =
      thrown instanceof OperationRefused
        ? new Refused(thrown.code, { status: thrown.problem.status, message: thrown.problem[languageOf(request)] })
        : thrown;
    const { config, url: route } = request.routeOptions;
    const isRefused = error instanceof Refused;
    const status = isRefused ? error.status : (error.statusCode ?? 500);
    if (!isRefused && status >= 500) {
      request.log.error({ err: error, method: request.method, route }, 'page failed');
      if (config.json === undefined) return answer(reply, request.operatorSession, 'failed', status);
      return reply.code(status).send({ error: 'failed', requestId: request.id });
    }
    const isForged = error.code.startsWith('FST_CSRF_');
    const usual = isForged ? 'forged-form' : status === 413 ? 'too-long' : 'bad-input';
    if (config.json === undefined) {
      note(error.code, request);
      const kind = PAGE_ERROR_KINDS.find((known) => known === error.code) ?? usual;
      return answer(reply, request.operatorSession, kind, isForged ? 403 : status);
    }
    const code = isRefused ? error.code : usual;
    note(`${config.json} ${code}`, request);
    const { about = null, retryAfter = null } = isRefused ? error : {};
    if (retryAfter !== null) reply.header('retry-after', retryAfter);
    return reply.code(isForged ? 403 : status).send({
      error: code,
      ...(isRefused && error.message && { message: error.message }),
      ...(about !== null && { about }),
    });
  });
}
