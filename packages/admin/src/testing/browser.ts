import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CA_FILE } from '@ticket-check/exchange';
import { postRaw } from '@ticket-check/exchange/testing';
import type { RunningService } from '@ticket-check/runtime';

/** A password that an operator of a test has chosen. */
export const OWN = 'winter melon soup';

export type BrowserPage = {
  readonly status: number;
  readonly text: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** The path after redirects. */
  readonly path: string;
};

/** What a browser does with pages and their forms, without scripts: cookies, redirects, hidden fields. */
export type Browser = {
  readonly cookies: Map<string, string>;
  /** Opens a page; leads on where it redirects. */
  open(path: string, headers?: Record<string, string>): Promise<BrowserPage>;
  /** Opens a page and returns what it said itself. */
  ask(path: string, headers?: Record<string, string>): Promise<BrowserPage>;
  /** Sends a form of a page with its hidden fields. */
  send(page: BrowserPage, action: string, fields?: Record<string, string>): Promise<BrowserPage>;
  /** Sends a form as it is. */
  post(path: string, body: string, headers?: Record<string, string>): Promise<BrowserPage>;
  logIn(username: string, password?: string): Promise<BrowserPage>;
  /** Asks for JSON; what the answer holds with its status. */
  json(path: string): Promise<ReturnType<typeof JSON.parse>>;
  /** Has something changed, as a screen does; what the answer holds with its status. */
  act(path: string, sent: object): Promise<ReturnType<typeof JSON.parse>>;
};

const told = ({ status, text }: BrowserPage) => ({ status, ...JSON.parse(text) });

export async function createBrowser(
  { consoleUrl }: Pick<RunningService, 'consoleUrl'>,
  { directory }: { directory: string },
  localAddress = '127.0.0.1',
  cookies = new Map<string, string>(),
): Promise<Browser> {
  const ca = await readFile(join(directory, CA_FILE), 'utf8');

  async function request(method: string, path: string, body = '', more: Record<string, string> = {}) {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const type = method === 'POST' ? { 'content-type': 'application/x-www-form-urlencoded' } : {};
    const headers = { ...type, ...(cookie === '' ? {} : { cookie }), ...more };
    const reply = await postRaw(`${consoleUrl}${path}`, body, { ca, method, headers, localAddress });
    for (const set of [reply.headers['set-cookie'] ?? []].flat()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(set) ?? [];
      if (/max-age=0|expires=thu, 01 jan 1970/i.test(set)) cookies.delete(name);
      else cookies.set(name, value);
    }
    return { status: reply.status, text: reply.text, headers: reply.headers, path };
  }

  async function follow(page: BrowserPage): Promise<BrowserPage> {
    const to = page.status === 303 ? page.headers.location : undefined;
    return typeof to === 'string' ? follow(await request('GET', to)) : page;
  }

  const browser: Browser = {
    cookies,
    ask: (path, headers) => request('GET', path, '', headers),
    open: async (path, headers) => follow(await request('GET', path, '', headers)),
    post: (path, body, headers) => request('POST', path, body, headers),
    async send(page, action, fields = {}) {
      const start = page.text.indexOf(`action="${action.replaceAll('&', '&amp;')}"`);
      if (start < 0) throw new Error(`the page has no form for ${action}: ${page.text}`);
      const form = page.text.slice(start, page.text.indexOf('</form>', start));
      const hidden = [...form.matchAll(/type="hidden" name="([\w-]+)" value="([^"]*)"/g)];
      const all = {
        ...Object.fromEntries(hidden.map(([, name, value]) => [name, unescapeHtml(value ?? '')])),
        ...fields,
      };
      return follow(await request('POST', action, new URLSearchParams(all).toString()));
    },
    json: async (path) => told(await browser.ask(path)),
    async act(path, sent) {
      const headers = {
        'content-type': 'application/json',
        'x-csrf-token': (await browser.json('/console.json')).Csrf,
      };
      return told(await browser.post(path, JSON.stringify(sent), headers));
    },
    async logIn(username, password = OWN) {
      return browser.send(await browser.open('/login'), '/login', { username, password });
    },
  };
  return browser;
}

function unescapeHtml(text: string): string {
  return text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&');
}

/** Axe options that require 7:1 between all text and its background. By default (AAA) it accepts 4.5:1 for large text. */
export const CONTRAST_OF_ALL_TEXT = {
  'color-contrast': {
    options: {
      ...{ ignoreUnicode: true, ignoreLength: false, ignorePseudo: false, pseudoSizeThreshold: 0.25 },
      ...{ boldValue: 700, boldTextPt: 14, largeTextPt: 18, shadowOutlineEmMax: 0.2, textStrokeEmMin: 0.03 },
      contrastRatio: { normal: { expected: 7 }, large: { expected: 7 } },
    },
  },
};
