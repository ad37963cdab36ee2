import { basename } from 'node:path';
import { type LoginRefusal, rpIdOf } from '@ticket-check/operators';
import { Counter } from '@ticket-check/runtime';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type Answer, formPage, nameInput, passwordInput } from './forms.ts';
import { type ConsoleKit, sessionIn } from './guard.ts';
import { type Language, languageOf } from './language.ts';
import { PageError, parseReturnPath, readTexts, withReturn } from './sent-texts.ts';
import {
  clearLoginStepCookie,
  clearSessionCookie,
  loginStepOf,
  sessionOf,
  setLoginStepCookie,
  setSessionCookie,
} from './session-cookie.ts';
import { WORDS } from './words.ts';

const CONFIRM = '/login/second-factor';

/** The command line of this service's program that adds the first operator. */
const ADD_OPERATOR = `${basename(process.execPath)} ${process.argv[1] ?? ''} operator add <username> --role administrator`;

type Shown = Answer & { notice?: string; username?: string; returnPath?: string };

/** Pages to log in, with a second factor if one is set up, to choose a password after a one-time one, and to log out. Scheme 5.3.2.1; reading S4. */
export function loginPages(app: FastifyInstance, kit: ConsoleKit, hasOperators: () => Promise<boolean>): void {
  const { service, logins, sessions, renderer, guard, unforged, refusals } = kit;
  const attempts = new Counter({
    name: 'operator_logins_total',
    help: 'Attempts of operators to log in, by outcome',
    labelNames: ['outcome'],
    registers: [service.metrics],
  });
  const forSession = { config: { access: 'session' as const }, onRequest: guard('session') };

  async function loginPage(reply: FastifyReply, shown: Shown) {
    const { notice, username = '', returnPath = '/', ...answer } = shown;
    const words = WORDS[languageOf(reply.request)].login;
    const isNew = !(await hasOperators());
    const name = { value: username, autocomplete: 'username', autofocus: username === '' };
    const password = passwordInput('password', words.password, { autofocus: username !== '' });
    const page = formPage({
      ...{ title: words.title, notice, hint: words.hint, ...answer },
      text: isNew ? words.noOperators : null,
      command: isNew ? ADD_OPERATOR : null,
      form: {
        ...{ action: '/login', hidden: { return: returnPath }, submit: words.submit },
        fields: [nameInput('username', words.username, name), password],
      },
    });
    return renderer.page(reply, null, page);
  }

  /** Asks for the second factor of the login that the browser is in; null if it is in none, or took too long. */
  async function confirmPage(reply: FastifyReply, { returnPath = '/', ...answer }: Answer & { returnPath?: string }) {
    const { request } = reply;
    const token = loginStepOf(request);
    const asked = token === null ? null : await logins.ask({ token, host: request.host });
    if (asked === null) return null;
    const { byCode, passkey: options } = asked;
    const { confirm: words, passkey } = WORDS[languageOf(request)];
    const none = rpIdOf(request.host) === null ? passkey.isAddress : passkey.none;
    const hidden = { return: returnPath };
    const code = { autocomplete: 'one-time-code', maxlength: 32, autofocus: options === null };
    const fields = [nameInput('code', words.code, code, words.hint)];
    const page = formPage({
      ...{ title: words.title, text: words.text, ...answer },
      // No way is left at this address.
      ...(options === null && !byCode && { fault: none }),
      passkey: options && { options, action: CONFIRM, hidden, submit: passkey.show },
      form: byCode ? { action: CONFIRM, hidden, fields, submit: words.submit } : null,
      link: { path: '/login', label: words.back },
    });
    return renderer.page(reply, null, page);
  }

  /** A browser with a session, as after sending the same form twice, is redirected from there. */
  function leadToLogin(reply: FastifyReply, login: '/login' | '/login?late=1', returnPath: string) {
    clearLoginStepCookie(reply);
    return reply.redirect(withReturn(login, returnPath), 303);
  }

  function noteRefusal(request: FastifyRequest, outcome: string): void {
    refusals.note(`login ${outcome}`, request.ip, () =>
      request.log.warn({ outcome, remoteAddress: request.ip }, 'login refused'),
    );
  }

  async function enter(request: FastifyRequest, reply: FastifyReply, token: string, returnPath: string) {
    // The browser forgets the session that it had.
    const before = await sessionOf(request, sessions);
    if (before !== null) await logins.logout(before, request.ip);
    setSessionCookie(reply, token);
    return reply.redirect(returnPath, 303);
  }

  app.get('/login', async (request, reply) => {
    const query = readTexts(request.query);
    const returnPath = parseReturnPath(query.get('return'));
    if ((await sessionOf(request, sessions)) !== null) return reply.redirect(returnPath, 303);
    const words = WORDS[languageOf(request)].login;
    if (query.has('out')) return loginPage(reply, { notice: words.loggedOut });
    if (query.has('late')) return loginPage(reply, { returnPath, notice: words.late });
    return loginPage(reply, { returnPath, ...(returnPath === '/' ? {} : { notice: words.again }) });
  });

  app.post('/login', unforged, async (request, reply) => {
    const form = readTexts(request.body);
    const [username, returnPath] = [form.get('username') ?? '', parseReturnPath(form.get('return'))];
    const outcome = await logins.login({ username, password: form.get('password') ?? '', address: request.ip });
    attempts.inc({ outcome: outcome.kind });
    if (outcome.kind === 'in') return enter(request, reply, outcome.token, returnPath);
    if (outcome.kind === 'second-factor') {
      setLoginStepCookie(reply, outcome.token);
      return reply.redirect(withReturn(CONFIRM, returnPath), 303);
    }
    noteRefusal(request, outcome.kind);
    const language = languageOf(request);
    const refusal = shownRefusal(language, outcome, WORDS[language].login.refused);
    return loginPage(reply, { ...refusal, username, returnPath });
  });

  app.get(CONFIRM, async (request, reply) => {
    const returnPath = parseReturnPath(readTexts(request.query).get('return'));
    const login = loginStepOf(request) === null ? '/login' : '/login?late=1';
    return (await confirmPage(reply, { returnPath })) ?? leadToLogin(reply, login, returnPath);
  });

  app.post(CONFIRM, unforged, async (request, reply) => {
    const form = readTexts(request.body);
    const returnPath = parseReturnPath(form.get('return'));
    const token = loginStepOf(request);
    const credential = form.get('credential');
    const shown = credential === undefined ? { code: form.get('code') ?? '' } : { credential };
    const outcome =
      token === null ? ({ kind: 'expired' } as const) : await logins.confirm({ token, shown, address: request.ip });
    attempts.inc({ outcome: outcome.kind === 'refused' ? 'wrong-code' : outcome.kind });
    if (outcome.kind === 'in') return enter(request, reply, outcome.token, returnPath);
    if (outcome.kind === 'expired') return leadToLogin(reply, '/login?late=1', returnPath);
    noteRefusal(request, outcome.kind);
    const language = languageOf(request);
    const { confirm, passkey } = WORDS[language];
    const refused = credential === undefined ? confirm.refused : passkey.failed;
    const refusal = { ...shownRefusal(language, outcome, refused), returnPath };
    return (await confirmPage(reply, refusal)) ?? leadToLogin(reply, '/login?late=1', returnPath);
  });

  function passwordPage(reply: FastifyReply, { returnPath, ...answer }: Answer & { returnPath: string }) {
    const session = sessionIn(reply.request);
    const words = WORDS[languageOf(reply.request)].password;
    const username = { class: 'away', value: session.operator.username, autocomplete: 'username', readonly: true };
    const isNew = { autocomplete: 'new-password' };
    const page = formPage({
      ...{ title: words.title, notice: words.oneTime, ...answer },
      form: {
        ...{ action: '/password', hidden: { return: returnPath }, submit: words.submit },
        fields: [
          { name: 'username', label: null, attributes: { ...username, tabindex: -1, 'aria-hidden': 'true' } },
          passwordInput('chosen', words.chosen, { ...isNew, autofocus: true }, words.rule),
          passwordInput('repeated', words.repeated, isNew),
        ],
      },
    });
    return renderer.page(reply, session, page);
  }

  app.get('/password', forSession, async (request, reply) => {
    // Another one is chosen there.
    if (sessionIn(request).operator.oneTimeUntil === null) return reply.redirect('/account', 303);
    return passwordPage(reply, { returnPath: parseReturnPath(readTexts(request.query).get('return')) });
  });

  app.post('/password', { ...forSession, ...unforged }, async (request, reply) => {
    const session = sessionIn(request);
    // Only a one-time password, which opened this session, is changed without being asked for again.
    if (session.operator.oneTimeUntil === null) throw new PageError('forbidden');
    const form = readTexts(request.body);
    const returnPath = parseReturnPath(form.get('return'));
    const chosen = form.get('chosen') ?? '';
    const { faults } = WORDS[languageOf(request)].password;
    if (chosen !== form.get('repeated')) {
      return passwordPage(reply, { returnPath, fault: faults.different, status: 400 });
    }
    const outcome = await logins.changePassword(session, { chosen, address: request.ip });
    if (outcome.kind === 'in') {
      setSessionCookie(reply, outcome.token);
      return reply.redirect(returnPath, 303);
    }
    if (outcome.kind === 'unusable') {
      return passwordPage(reply, { returnPath, fault: faults[outcome.fault], status: 400 });
    }
    return passwordPage(reply, { returnPath, ...shownRefusal(languageOf(request), outcome, faults.refused) });
  });

  app.post('/logout', { ...forSession, ...unforged }, async (request, reply) => {
    await logins.logout(sessionIn(request), request.ip);
    clearSessionCookie(reply);
    return reply.redirect('/login?out=1', 303);
  });
}

/** Words a refused attempt, with the status of the page; `refused` says that it was wrong. */
function shownRefusal(language: Language, refusal: LoginRefusal, refused: string): Answer {
  if (refusal.kind === 'refused') return { fault: refused, status: 403 };
  const { waitSeconds } = refusal;
  return { fault: WORDS[language].login.tooSoon(waitSeconds), status: 429, retryAfter: waitSeconds };
}
