import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import type { Session } from '@ticket-check/operators';
import { ROLE_WORDS } from '@ticket-check/operators/words';
import { ExpectedError, reasonOf } from '@ticket-check/runtime';
import { Eta } from 'eta';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { type InEachLanguage, languageOf } from './language.ts';
import type { Page } from './page.ts';
import { PAGE_ERRORS, type PageErrorKind } from './sent-texts.ts';
import { WORDS } from './words.ts';

export type Renderer = ReturnType<typeof createRenderer>;

export function createRenderer({
  site,
  environment,
  assets,
}: {
  site: InEachLanguage;
  environment: string | null;
  assets: Assets;
}) {
  const views = loadViews(join(import.meta.dirname, 'views'));

  function page(reply: FastifyReply, session: Session | null, shown: Page & { readonly refresh?: string }) {
    const { request } = reply;
    const language = languageOf(request);
    const { title, view, data, status = 200, retryAfter, script, refresh } = shown;
    if (retryAfter !== undefined) reply.header('retry-after', retryAfter);
    if (script !== undefined) allowScripts(reply);
    const back = request.method === 'GET' ? request.url : '/';
    const common = {
      title,
      language,
      assets,
      refresh,
      script,
      site: site[language],
      environment,
      words: WORDS[language],
      operator: session?.operator ?? null,
      role: session && ROLE_WORDS[session.operator.role][language],
      csrf: reply.generateCsrf(),
      switchLanguage: `/language?${new URLSearchParams({ to: language === 'zh' ? 'en' : 'zh', return: back })}`,
    };
    const body = views.render(`@${view}`, { ...common, ...data });
    return reply
      .code(status)
      .type('text/html; charset=utf-8')
      .send(views.render('@kit/layout', { ...common, body }));
  }

  return {
    page,
    /** Answers with a page that opens another by itself, where a redirect would not do. */
    moment(reply: FastifyReply, session: Session | null, link: string) {
      const message = WORDS[languageOf(reply.request)].moment;
      const data = { message, requestId: null, link };
      return page(reply, session, { title: message.title, view: 'kit/message', data, refresh: link });
    },
    /** Answers with a page that says what is wrong. */
    error(reply: FastifyReply, session: Session | null, kind: PageErrorKind, status: number = PAGE_ERRORS[kind]) {
      const message = WORDS[languageOf(reply.request)].errors[kind];
      const requestId = status >= 500 ? reply.request.id : null;
      return page(reply, session, { title: message.title, view: 'kit/message', status, data: { message, requestId } });
    },
  };
}

/** A page that needs a script of ours may run scripts of ours. */
function allowScripts(reply: FastifyReply): void {
  reply.header('content-security-policy', `${reply.getHeader('content-security-policy')};script-src 'self'`);
}

/** The compiled views of all services of this process, by their text. */
const compiled = new Map<string, ReturnType<Eta['compile']>>();

/** Reads the views of a directory, `*.eta`. What they print with `<%= %>` is escaped. */
function loadViews(directory: string): Eta {
  const eta = new Eta({ autoEscape: true, cache: true });
  for (const file of readdirSync(directory).filter((name) => name.endsWith('.eta'))) {
    const text = readFileSync(join(directory, file), 'utf8');
    const view = compiled.get(text) ?? eta.compile(text);
    compiled.set(text, view);
    eta.templatesSync.define(`@kit/${basename(file, '.eta')}`, view);
  }
  return eta;
}

/** The addresses of what pages look like; each changes with its content, so that browsers keep it. */
export type Assets = {
  readonly look: string;
  readonly style: string;
  readonly icon: string;
  /** Of the company that runs the service; null without one. */
  readonly logo: string | null;
  readonly passkey: string;
};

/** What people know an installation by. */
export type LookSettings = { readonly ENVIRONMENT_NAME?: string | undefined; readonly LOGO_FILE?: string | undefined };

type Logo = { readonly content: Buffer; readonly extension: string; readonly type: string };

const LOGO_TYPES: Readonly<Record<string, string>> = {
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.webp': 'image/webp',
};
const MAX_LOGO_BYTES = 100_000;

/** @throws ExpectedError if it cannot be read, is no picture or too large */
export function readLogo(file: string): Logo {
  const extension = extname(file).toLowerCase();
  const type = LOGO_TYPES[extension];
  if (type === undefined) throw new ExpectedError(`LOGO_FILE ${file} must end with .svg, .png or .webp.`);
  let content: Buffer;
  try {
    content = readFileSync(file);
  } catch (error) {
    throw new ExpectedError(`LOGO_FILE ${file} cannot be read: ${reasonOf(error)}.`);
  }
  if (content.length > MAX_LOGO_BYTES)
    throw new ExpectedError(`LOGO_FILE ${file} has ${content.length} bytes; it may have ${MAX_LOGO_BYTES}.`);
  return { content, extension, type };
}

/** Serves the style sheet, the icon, the logo and the scripts, to everybody. */
export function serveAssets(app: FastifyInstance, logo: Logo | null): Assets {
  function serve(
    file: string,
    type: string,
    content: Buffer = readFileSync(join(import.meta.dirname, 'assets', file)),
  ): string {
    const path = `/assets/${createHash('sha256').update(content).digest('hex').slice(0, 12)}-${file}`;
    app.get(path, async (_request, reply) =>
      reply.type(type).header('cache-control', 'public, max-age=31536000, immutable').send(content),
    );
    return path;
  }
  return {
    look: serve('look.css', 'text/css; charset=utf-8'),
    style: serve('style.css', 'text/css; charset=utf-8'),
    icon: serve('icon.svg', 'image/svg+xml'),
    logo: logo && serve(`logo${logo.extension}`, logo.type, logo.content),
    passkey: serve('passkey.js', 'text/javascript; charset=utf-8'),
  };
}
