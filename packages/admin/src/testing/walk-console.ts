import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { type OperatorTables, ROLES, type Role } from '@ticket-check/operators';
import { addOperatorTo } from '@ticket-check/operators/testing';
import type { RunningService } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import type { FastifyInstance, RouteOptions } from 'fastify';
import { onTestFinished } from 'vitest';
import { type Access, mayAsk } from '../page.ts';
import { type Browser, type BrowserPage, createBrowser } from './browser.ts';

const METHODS = ['GET', 'POST'] as const;

/** A route as it was declared. */
type DeclaredRoute = {
  readonly method: (typeof METHODS)[number];
  /** The request as a browser may make it. */
  readonly path: string;
  /** Null if nothing was declared: it is open, or is not the console's. */
  readonly access: Access | null;
  /** What may be listened to by it. */
  readonly topics: readonly string[];
};

/** The routes that services declare from here on until the end of the test, as they do. */
export function watchRoutes(): DeclaredRoute[] {
  const routes: DeclaredRoute[] = [];
  const watch = (message: unknown) => {
    const { fastify } = message as { fastify: FastifyInstance };
    fastify.addHook('onRoute', ({ method, url, config }: RouteOptions) => {
      const path = url.replaceAll(/:\w+|\*/g, 'x');
      for (const one of [method].flat()) {
        const asked = METHODS.find((known) => known === one);
        if (asked === undefined) continue;
        const topics = config?.topics?.map(({ name }) => name) ?? [];
        routes.push({ method: asked, path, access: config?.access ?? null, topics });
      }
    });
  };
  subscribe('fastify.initialization', watch);
  onTestFinished(() => {
    unsubscribe('fastify.initialization', watch);
  });
  return routes;
}

/** What is open to everybody: monitors, the login, what is public in every copy of the program, and hashes of the log. */
const OPEN = /^\/(live|ready|health|metrics|language|login(\/.*)?|log\/(checkpoint|tile\/x)|assets\/.*|built\/x)$/;

/**
 * Asks for every declared route of a console with every role, and without a login. A POST is sent without a CSRF token, so that
 * it changes nothing: permitted callers get that refusal.
 *
 * @returns what differs from the declaration, one line each
 */
export async function walkConsole(
  service: Pick<RunningService, 'consoleUrl'>,
  parts: {
    routes: readonly DeclaredRoute[];
    store: Store<OperatorTables>;
    /** That of the service's data. */
    directory: string;
  },
): Promise<{ walked: number; faults: string[] }> {
  const { routes, store, directory } = parts;
  const faults: string[] = [];
  const stranger = await createBrowser(service, { directory });
  const guarded = routes.flatMap(({ access, ...route }) => (access === null ? [] : [{ ...route, access }]));

  for (const route of routes) {
    const { status, headers } = await ask(stranger, route);
    const isRefused = status === 401 || status === 403 || status === 404 || leadsToLogin(status, headers.location);
    const isOpen = route.access === null && OPEN.test(route.path);
    if (!isRefused && !isOpen) faults.push(`without a login ${route.method} ${route.path}: ${status}`);
  }
  for (const role of ROLES) {
    const browser = await logInAs(role);
    for (const route of guarded) {
      const { access } = route;
      const fault = faultOf(route, await ask(browser, route), mayAsk(role, access));
      if (fault !== null) faults.push(`${role} ${route.method} ${route.path} (${access}): ${fault}`);
    }
  }
  return { walked: guarded.length, faults };

  async function logInAs(role: Role): Promise<Browser> {
    await addOperatorTo(store, `walking-${role}`, role);
    const browser = await createBrowser(service, { directory });
    await browser.logIn(`walking-${role}`);
    return browser;
  }
}

/** Pages take forms, and what screens ask for is JSON. */
async function ask(browser: Browser, { method, path }: Pick<DeclaredRoute, 'method' | 'path'>): Promise<BrowserPage> {
  if (method === 'GET') return browser.ask(path);
  const answer = await browser.post(path, '');
  return answer.status === 415 ? browser.post(path, '{}', { 'content-type': 'application/json' }) : answer;
}

const leadsToLogin = (status: number, location: string | string[] | undefined) =>
  status === 303 && /^\/login(\?|$)/.test(String(location));

const isForbidden = ({ status, text }: BrowserPage) =>
  status === 403 && (text.includes('"forbidden"') || text.includes('没有权限'));

/** Returns why an answer does not fit the declared access; null if it does. 503: the console of the screens was not built. */
function faultOf({ method }: Pick<DeclaredRoute, 'method'>, answer: BrowserPage, isAllowed: boolean): string | null {
  const { status, text, headers } = answer;
  if (isForbidden(answer) === isAllowed) return `${status}`;
  if (!isAllowed) return null;
  if (status === 401 || leadsToLogin(status, headers.location) || (status >= 500 && status !== 503)) return `${status}`;
  if (method === 'GET') return null;
  const isForged = status === 403 && (text.includes('"forged-form"') || text.includes('页面已失效'));
  return isForged ? null : `${status}, though nothing showed that it was no forged request`;
}
