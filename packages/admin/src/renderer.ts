import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import type { Session } from '@ticket-check/operators';
import { ROLE_WORDS } from '@ticket-check/operators/words';
import { ExpectedError, reasonOf } from '@ticket-check/runtime';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { html, messagePage, type Page } from './forms.ts';
import { type InEachLanguage, languageOf } from './language.ts';
import { PAGE_ERRORS, type PageErrorKind } from './sent-texts.ts';
import { errorWords, WORDS } from './words.ts';

export type Renderer = ReturnType<typeof createRenderer>;

/** Answers with the pages that the service renders itself. */
export function createRenderer(site: InEachLanguage, environment: string | null, assets: Assets) {
  function page(reply: FastifyReply, session: Session | null, shown: Page & { readonly refresh?: string }) {
    const { request } = reply;
    const language = languageOf(request);
    const { title, body, status = 200, retryAfter, script, refresh } = shown;
    const words = WORDS[language];
    const operator = session?.operator;
    const csrf = reply.generateCsrf();
    if (retryAfter !== undefined) reply.header('retry-after', retryAfter);
    // A page that needs a script of ours may run scripts of ours.
    if (script !== undefined)
      reply.header('content-security-policy', `${reply.getHeader('content-security-policy')};script-src 'self'`);
    const other = language === 'zh' ? 'en' : 'zh';
    const back = request.method === 'GET' ? request.url : '/';
    const { html: text } = html`<!doctype html>
<html lang="${TAGS[language]}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
${refresh && html`<meta http-equiv="refresh" content="0; url=${refresh}">`}
<title>${[environment, title, site[language]].filter((part) => part !== null).join(' · ')}</title>
<link rel="icon" href="${assets.icon}" type="image/svg+xml">
<link rel="stylesheet" href="${assets.look}">
<link rel="stylesheet" href="${assets.style}">
${script && html`<script src="${assets[script]}" defer></script>`}
</head>
<body>
<a class="skip" href="#content">${words.skip}</a>
<header class="bar">
  <a class="site" href="/">${assets.logo && html`<img src="${assets.logo}" alt="">`}${site[language]}${environment && html`<span class="environment">${environment}</span>`}</a>
  <div class="account">
    ${
      operator &&
      html`<a class="who" href="/account" title="${words.account}">${operator.username} <small>${ROLE_WORDS[operator.role][language]}</small></a>
    <form method="post" action="/logout"><input type="hidden" name="_csrf" value="${csrf}"><button class="link">${words.logout}</button></form>`
    }
    <a href="/language?${String(new URLSearchParams({ to: other, return: back }))}" lang="${TAGS[other]}">${words.otherLanguage}</a>
  </div>
</header>
<main id="content">
${body({ words, csrf })}
</main>
</body>
</html>`;
    return reply.code(status).type('text/html; charset=utf-8').send(text);
  }

  return {
    page,
    /** Answers with a page that opens another by itself, where a redirect would not do. */
    moment(reply: FastifyReply, session: Session | null, link: string) {
      const { moment } = WORDS[languageOf(reply.request)];
      return page(reply, session, { ...messagePage(moment, { link }), refresh: link });
    },
    error(reply: FastifyReply, session: Session | null, kind: PageErrorKind, status: number = PAGE_ERRORS[kind]) {
      const requestId = status >= 500 ? reply.request.id : null;
      return page(reply, session, messagePage(errorWords(kind, languageOf(reply.request)), { requestId, status }));
    },
  };
}

const TAGS = { zh: 'zh-CN', en: 'en' } as const;

/** The addresses of what pages look like. */
export type Assets = ReturnType<typeof serveAssets>;

/** What people know an installation by. */
export type LookSettings = { readonly ENVIRONMENT_NAME?: string | undefined; readonly LOGO_FILE?: string | undefined };

const LOGO_TYPES = new Map(Object.entries({ '.svg': 'image/svg+xml', '.png': 'image/png', '.webp': 'image/webp' }));
const MAX_LOGO_BYTES = 100_000;

/** @throws ExpectedError if it cannot be read, is no picture or too large */
export function readLogo(file: string) {
  const extension = extname(file).toLowerCase();
  const type = LOGO_TYPES.get(extension);
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

/** Serves the style sheets, the icon, the logo and the script, to everybody; addresses change with content, so that browsers keep it. */
export function serveAssets(app: FastifyInstance, logo: ReturnType<typeof readLogo> | null) {
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
