import { randomBytes } from 'node:crypto';
import { PERMISSION_NAMES, permits } from '@ticket-check/operators';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type Guard, sessionIn } from '../guard.ts';
import { type InEachLanguage, languageOf } from '../language.ts';
import { menuFor } from '../menu.ts';
import type { PageSet } from '../page.ts';
import { PageError } from '../page-error.ts';
import type { Renderer } from '../renderer.ts';
import { WORDS } from '../words.ts';
import { BUILT_PATH, createBuiltConsole } from './built-console.ts';

/**
 * Serves the screens of capabilities: each path answers the built console's HTML to those who may open it, and the console
 * shows the screen. It loads its start data from `/console.json`.
 */
export function serveScreens(
  app: FastifyInstance,
  options: {
    site: InEachLanguage;
    sets: readonly PageSet[];
    /** The directory that the console is built into; null if the service has no screens. */
    built: string | null;
    guard: Guard;
    renderer: Renderer;
    note(code: string, request: FastifyRequest): void;
  },
): void {
  const { site, sets, built, guard, renderer, note } = options;
  const screens = sets.flatMap(({ screens = [] }) => screens);
  if (screens.length === 0) return;
  if (built === null) throw new Error('screens need a console that is built');
  const console = createBuiltConsole(built);

  for (const { path, permission } of screens) {
    app.get(path, { config: { access: permission }, onRequest: guard(permission) }, async (request, reply) => {
      const nonce = randomBytes(16).toString('base64');
      const html = await console.html(nonce);
      if (html !== null) {
        allowScreen(reply, nonce);
        return reply.type('text/html; charset=utf-8').send(html);
      }
      const message = WORDS[languageOf(request)].unbuilt;
      note('console-not-built', request);
      const data = { message, requestId: null };
      return renderer.page(reply, sessionIn(request), { title: message.title, view: 'kit/message', status: 503, data });
    });
  }

  // What is public in every copy of this program needs no session.
  app.get(`${BUILT_PATH}/:name`, async (request, reply) => {
    const { name } = request.params as { name: string };
    const file = await console.file(name, request.headers['accept-encoding']);
    if (file === null) throw new PageError('not-found');
    if (file.encoding !== null) reply.header('content-encoding', file.encoding);
    return reply
      .type(file.type)
      .header('vary', 'accept-encoding')
      .header('cache-control', 'public, max-age=31536000, immutable')
      .send(file.content);
  });

  const forAnybody = { config: { access: 'logged in' as const }, onRequest: guard('logged in', 'json') };
  app.get('/console.json', forAnybody, async (request, reply) => {
    const { operator } = sessionIn(request);
    const language = languageOf(request);
    return {
      Site: site[language],
      Language: language,
      Csrf: reply.generateCsrf(),
      Operator: {
        Username: operator.username,
        Role: operator.role,
        RoleName: WORDS[language].roles[operator.role],
        CinemaCodes: operator.cinemaCodes,
      },
      Permissions: PERMISSION_NAMES.filter((permission) => permits(operator.role, permission)),
      Menu: menuFor(sets, operator).map(({ path, label, isScreen }) => ({
        Path: path,
        Label: label[language],
        IsScreen: isScreen,
      })),
    };
  });
}

/** A screen runs only our scripts and asks only this service; its styles carry the nonce of the answer. */
function allowScreen(reply: FastifyReply, nonce: string): void {
  const common = String(reply.getHeader('content-security-policy')).replace(/style-src [^;]*/, '');
  reply.header(
    'content-security-policy',
    `${common};script-src 'self';connect-src 'self';style-src 'self' 'nonce-${nonce}'`,
  );
}
