import type { OperationTables, OperatorTables } from '@ticket-check/operators';
import {
  createFailedLogins,
  createLoginPace,
  createLogins,
  createPasswords,
  type LoginOutcome,
  type PasswordOutcome,
  type Session,
} from '@ticket-check/operators/login';
import { Counter, type LogSampler, type Service } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import type { FastifyInstance, FastifyReply, FastifyRequest, RouteShorthandOptions } from 'fastify';
import { type Language, languageOf } from './language.ts';
import type { Renderer } from './renderer.ts';
import { parseReturnPath } from './return-path.ts';
import { readTexts } from './sent-texts.ts';
import { clearSessionCookie, sessionOf, setSessionCookie } from './session-cookie.ts';
import { WORDS } from './words.ts';

/** Pages to log in, choose a password and log out. Scheme 5.3.2.1; reading S4. */
export function loginPages(
  app: FastifyInstance,
  options: {
    service: Service;
    store: Store<OperatorTables & OperationTables>;
    sessions: { find(token: string): Promise<Session | null> };
    renderer: Renderer;
    /** Lets those pass who have a session, with whatever password. */
    guard: (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>;
    /** For routes that take forms. */
    unforged: Pick<RouteShorthandOptions, 'preHandler'>;
    refusals: LogSampler;
  },
): void {
  const { service, store, sessions, renderer, guard, unforged, refusals } = options;
  const { now, logger, metrics } = service;
  const pace = createLoginPace();
  const failed = createFailedLogins({ store, now, logger });
  const logins = createLogins({ store, now, passwords: createPasswords(), pace, failed });
  app.addHook('preClose', async () => pace.close());
  service.drain(() => failed.close());
  const attempts = new Counter({
    name: 'operator_logins_total',
    help: 'Attempts of operators to log in, by what came of them',
    labelNames: ['outcome'],
    registers: [metrics],
  });

  function loginPage(
    reply: FastifyReply,
    shown: Partial<{ fault: string; notice: string; username: string; returnPath: string; status: number }>,
  ) {
    const { title } = WORDS[languageOf(reply.request)].login;
    const { fault = null, notice = null, username = '', returnPath = '/', status = 200 } = shown;
    return renderer.page(reply, null, {
      title,
      view: 'kit/login',
      status,
      data: { fault, notice, username, returnPath },
    });
  }

  app.get('/login', async (request, reply) => {
    const query = readTexts(request.query);
    const returnPath = parseReturnPath(query.get('return'));
    if ((await sessionOf(request, sessions)) !== null) return reply.redirect(returnPath, 303);
    const words = WORDS[languageOf(request)].login;
    if (query.has('out')) return loginPage(reply, { notice: words.loggedOut });
    return loginPage(reply, { returnPath, ...(returnPath === '/' ? {} : { notice: words.again }) });
  });

  app.post('/login', unforged, async (request, reply) => {
    const form = readTexts(request.body);
    const [username, returnPath] = [form.get('username') ?? '', parseReturnPath(form.get('return'))];
    const before = await sessionOf(request, sessions);
    const outcome = await logins.login({ username, password: form.get('password') ?? '', address: request.ip });
    attempts.inc({ outcome: outcome.kind });
    if (outcome.kind === 'in') {
      // The browser forgets the session that it had.
      if (before !== null) await logins.logout(before, request.ip);
      setSessionCookie(reply, outcome.token);
      return reply.redirect(returnPath, 303);
    }
    refusals.note(`login ${outcome.kind}`, request.ip, () =>
      request.log.warn({ outcome: outcome.kind, remoteAddress: request.ip }, 'login refused'),
    );
    return loginPage(reply, { ...refusalIn(languageOf(request), outcome, reply), username, returnPath });
  });

  app.get('/password', { onRequest: guard }, async (request, reply) =>
    passwordPage(renderer, reply, { returnPath: parseReturnPath(readTexts(request.query).get('return')) }),
  );

  app.post('/password', { onRequest: guard, ...unforged }, async (request, reply) => {
    const session = request.operatorSession;
    if (session === null) throw new Error('the guard lets nobody pass without a session');
    const form = readTexts(request.body);
    const returnPath = parseReturnPath(form.get('return'));
    const chosen = form.get('chosen') ?? '';
    const { faults } = WORDS[languageOf(request)].password;
    if (chosen !== form.get('repeated')) {
      return passwordPage(renderer, reply, { returnPath, fault: faults.different, status: 400 });
    }
    const current = session.operator.oneTimeUntil === null ? (form.get('current') ?? '') : null;
    const outcome: PasswordOutcome = await logins.changePassword(session, { current, chosen, address: request.ip });
    if (outcome.kind === 'in') {
      setSessionCookie(reply, outcome.token);
      return reply.redirect(returnPath, 303);
    }
    if (outcome.kind === 'unusable') {
      return passwordPage(renderer, reply, { returnPath, fault: faults[outcome.fault], status: 400 });
    }
    const { fault, status } = refusalIn(languageOf(request), outcome, reply);
    return passwordPage(renderer, reply, {
      ...{ returnPath, status },
      fault: outcome.kind === 'refused' ? faults.refused : fault,
    });
  });

  app.post('/logout', { onRequest: guard, ...unforged }, async (request, reply) => {
    if (request.operatorSession !== null) await logins.logout(request.operatorSession, request.ip);
    clearSessionCookie(reply);
    return reply.redirect('/login?out=1', 303);
  });
}

function passwordPage(
  renderer: Renderer,
  reply: FastifyReply,
  { returnPath, fault = null, status = 200 }: { returnPath: string; fault?: string | null; status?: number },
): FastifyReply {
  const session = reply.request.operatorSession;
  const isOneTime = session?.operator.oneTimeUntil !== null;
  const { title } = WORDS[languageOf(reply.request)].password;
  return renderer.page(reply, session, { title, view: 'kit/password', status, data: { returnPath, fault, isOneTime } });
}

/** What is told of an attempt, and with which status; how long to wait stands in a header too. */
function refusalIn(
  language: Language,
  outcome: Exclude<LoginOutcome, { kind: 'in' }>,
  reply: FastifyReply,
): { fault: string; status: number } {
  const words = WORDS[language].login;
  if (outcome.kind === 'refused') return { fault: words.refused, status: 403 };
  if (outcome.kind === 'busy') {
    reply.header('retry-after', 5);
    return { fault: words.busy, status: 503 };
  }
  reply.header('retry-after', outcome.waitSeconds);
  return { fault: words.tooSoon(outcome.waitSeconds), status: 429 };
}
