import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CA_FILE } from '@ticket-check/exchange';
import { postRaw } from '@ticket-check/exchange/testing';
import { OWN } from '@ticket-check/operators/testing';
import type { RunningService } from '@ticket-check/runtime';

export { OWN };

export type BrowserPage = {
  readonly status: number;
  readonly text: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** The path after redirects. */
  readonly path: string;
};

type Headers = Record<string, string>;
/** What a browser does with pages and their forms, without scripts: cookies, redirects, hidden fields. */
export type Browser = Awaited<ReturnType<typeof createBrowser>>;

const told = ({ status, text }: BrowserPage): ReturnType<typeof JSON.parse> => ({ status, ...JSON.parse(text) });

export async function createBrowser(
  { consoleUrl }: Pick<RunningService, 'consoleUrl'>,
  { directory }: { directory: string },
  localAddress = '127.0.0.1',
  cookies = new Map<string, string>(),
) {
  const ca = await readFile(join(directory, CA_FILE), 'utf8');

  async function request(method: string, path: string, body = '', more: Headers = {}): Promise<BrowserPage> {
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

  const ask = (path: string, headers?: Headers) => request('GET', path, '', headers);
  const open = async (path: string, headers?: Headers) => follow(await ask(path, headers));
  const post = (path: string, body: string, headers?: Headers) => request('POST', path, body, headers);
  const json = async (path: string) => told(await ask(path));

  async function send(page: BrowserPage, action: string, fields: Record<string, string> = {}): Promise<BrowserPage> {
    const start = page.text.indexOf(`action="${action.replaceAll('&', '&#38;')}"`);
    if (start < 0) throw new Error(`the page has no form for ${action}: ${page.text}`);
    const form = page.text.slice(start, page.text.indexOf('</form>', start));
    const hidden = [...form.matchAll(/type="hidden" name="([\w-]+)" value="([^"]*)"/g)];
    const given = Object.fromEntries(hidden.map(([, name, value]) => [name, unescapeHtml(value ?? '')]));
    return follow(await post(action, new URLSearchParams({ ...given, ...fields }).toString()));
  }

  return {
    cookies,
    /** Opens a page and returns what it said itself. */
    ask,
    /** Opens a page; leads on where it redirects. */
    open,
    /** Sends a form as it is. */
    post,
    /** Sends a form of a page with its hidden fields. */
    send,
    /** Asks for JSON; what the answer holds with its status. */
    json,
    /** Has something changed, as a screen does; what the answer holds with its status. */
    async act(path: string, sent: object) {
      const headers = { 'content-type': 'application/json', 'x-csrf-token': (await json('/console.json')).Csrf };
      return told(await post(path, JSON.stringify(sent), headers));
    },
    logIn: async (username: string, password = OWN) => send(await open('/login'), '/login', { username, password }),
  };
}

const unescapeHtml = (text: string) => text.replaceAll(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)));

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
