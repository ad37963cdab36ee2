import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { type Operator, PERMISSION_NAMES } from '@ticket-check/operators';
import { ROLE_WORDS } from '@ticket-check/operators/words';
import { foundBy } from '@ticket-check/protocol/pinyin';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { shownChanges } from './declared/field.ts';
import { messagePage } from './forms.ts';
import { type ConsoleKit, ownJson, sessionIn } from './guard.ts';
import { type InEachLanguage, languageOf } from './language.ts';
import { type Access, mayAsk, menuFor, type NamesSource } from './page.ts';
import type { Assets } from './renderer.ts';
import { PageError, readTexts } from './sent-texts.ts';
import { WORDS } from './words.ts';

/** Serves the screens: each path answers the console's HTML to those who may open it, which begins with `/console.json`. */
export function serveScreens(
  app: FastifyInstance,
  { note, firstDuty, sets, namesOf, guard, renderer }: ConsoleKit,
  shown: {
    site: InEachLanguage;
    /** What the operation is called beside others; null for the production. */
    environment: string | null;
    built: string;
    assets: Assets;
  },
): void {
  const { site, environment, built, assets } = shown;
  const screens = sets.flatMap(({ screens = [] }) => screens);

  for (const { path, permission } of screens) {
    app.get(path, { config: { access: permission }, onRequest: guard(permission) }, async (request, reply) => {
      const nonce = randomBytes(16).toString('base64');
      const html = await consoleHtml(built, assets.look, nonce);
      if (html !== null) {
        allowScreen(reply, nonce);
        return reply.type('text/html; charset=utf-8').send(html);
      }
      note('console-not-built', request);
      const { unbuilt } = WORDS[languageOf(request)];
      return renderer.page(reply, sessionIn(request), messagePage(unbuilt, { status: 503 }));
    });
  }

  // What is public in every copy of this program needs no session.
  app.get(`${BUILT_PATH}/:name`, async (request, reply) => {
    const { name } = request.params as { name: string };
    const file = await consoleFile(built, name, request.headers['accept-encoding']);
    if (file === null) throw new PageError('not-found');
    if (file.isCompressed) reply.header('content-encoding', 'br');
    return reply
      .type(file.type)
      .header('vary', 'accept-encoding')
      .header('cache-control', 'public, max-age=31536000, immutable')
      .send(file.content);
  });

  // An operator with a second factor to set up sees the screen of their account, and nothing else in it.
  const forAnybody = ownJson(guard);
  const mayOf = (operator: Operator) => (access: Access) => mayAsk(operator.role, access, firstDuty(operator));
  const counts = sets.flatMap((set) => set.counts ?? []);
  app.get('/counts.json', forAnybody, async (request) => {
    const { operator } = sessionIn(request);
    const may = mayOf(operator);
    const counted: Record<string, number> = {};
    for (const { path, permission, count } of counts)
      if (may(permission)) counted[path] = await count(operator.cinemaCodes);
    return counted;
  });

  app.get('/names.json', forAnybody, async (request) => {
    const { operator } = sessionIn(request);
    const query = readTexts(request.query);
    const text = query.get('find')?.toLowerCase();
    const found: Partial<Record<NamesSource['kind'], object>> = {};
    for (const kind of ['cinema', 'account'] as const) {
      const codes = new Set(query.get(kind)?.split(','));
      if (text === undefined && codes.size === 0) continue;
      const known = await namesOf(kind, { permits: mayOf(operator), cinemaCodes: operator.cinemaCodes });
      const wanted = (known ?? []).filter(([code, name]) =>
        text === undefined ? codes.has(code) : foundBy({ code, name }).includes(text),
      );
      found[kind] = Object.fromEntries(wanted.slice(0, MAX_NAMES));
    }
    return found;
  });

  const lists = Object.assign({}, ...sets.map((set) => set.lists));
  const actions = sets.flatMap((set) => set.actions ?? []);
  app.get('/console.json', forAnybody, async (request, reply) => {
    const { operator } = sessionIn(request);
    const language = languageOf(request);
    const may = mayOf(operator);
    return {
      Site: site[language],
      Environment: environment,
      Logo: assets.logo,
      Language: language,
      Csrf: reply.generateCsrf(),
      Operator: {
        ...{ Username: operator.username, Role: operator.role, CinemaCodes: operator.cinemaCodes },
        RoleName: ROLE_WORDS[operator.role][language],
      },
      HasFirstDuty: firstDuty(operator) !== null,
      Permissions: PERMISSION_NAMES.filter(may),
      Menu: menuFor(sets, may).map(({ path: Path, label, isScreen: IsScreen }) => ({
        ...{ Path, Label: label[language], IsScreen },
      })),
      Lists: lists,
      Changes: shownChanges(actions, may, language),
    };
  });
}

/** In one answer: those of a page, or more than anybody looks through. */
const MAX_NAMES = 500;

/** A screen runs only our scripts and asks only this service; its styles carry the nonce of the answer. */
function allowScreen(reply: FastifyReply, nonce: string): void {
  const common = String(reply.getHeader('content-security-policy')).replace(/style-src [^;]*/, '');
  reply.header(
    'content-security-policy',
    `${common};script-src 'self';connect-src 'self';style-src 'self' 'nonce-${nonce}'`,
  );
}

/** The path of a built console's files; their names hold the hashes of their contents. */
const BUILT_PATH = '/console';

/** What the build leaves in the HTML where the nonce of an answer goes. */
const NONCE = '__nonce__';

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** A file of a built console; null if there is none. A new build is served without a restart. */
const read = (directory: string, name: string) => readFile(join(directory, name)).catch(() => null);

/** The HTML that every screen begins with, with the style sheet that it shares with pages of forms; null if nothing is built. */
async function consoleHtml(directory: string, look: string, nonce: string): Promise<string | null> {
  const html = (await read(directory, 'index.html'))?.toString().replaceAll(NONCE, nonce);
  return html?.replace('<head>', `<head><link rel="stylesheet" href="${look}">`) ?? null;
}

/** A file that the HTML or another file names, compressed where that is accepted; null if there is none. */
async function consoleFile(directory: string, name: string, accepted = '') {
  const type = TYPES[extname(name)];
  // No path leads out of the directory.
  if (type === undefined || !/^[\w.-]+$/.test(name)) return null;
  const compressed = /\bbr\b/.test(accepted) ? await read(directory, `${name}.br`) : null;
  const content = compressed ?? (await read(directory, name));
  return content && { type, content, isCompressed: compressed !== null };
}
