import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { type DemoOperators, keepOperators } from './demo.ts';
import { CA_FILE, CERTIFICATE_FILE, ROLES, type Role, type Site, send } from './site.ts';

const GOOD_FOR_MS = 15 * 60_000;

export type LoginLink = { readonly role: Role; readonly username: string; readonly url: string };

/**
 * Serves links that log in at the demo's consoles, each once and for a quarter of an hour. No service has such a way in: this program
 * knows the passwords of the operators that it added, logs in with them, and leaves the session to the browser.
 */
export async function serveLoginLinks(site: Site, { passwords }: DemoOperators) {
  const links: LoginLink[] = [];
  const servers = await Promise.all(
    ROLES.map(async (role) => {
      const console = new URL(site.consoleUrlOf(role));
      const good = new Map<string, { username: string; password: string }>();
      const pem = await site.readFile(role, CERTIFICATE_FILE);
      const server = createServer({ cert: pem, key: pem }, async ({ method, url: path = '' }, response) => {
        // Others only look at the link, as programs do that check it.
        const fields = method === 'GET' ? good.get(path) : undefined;
        const session = fields && (await logIn(site, role, fields).catch(() => null));
        if (!session) {
          const headers = { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' };
          response.writeHead(fields ? 503 : 410, headers);
          return response.end(
            `链接已失效或登录未成功，请登录：The link is used up, or the login failed; log in at: ${console.href}\n`,
          );
        }
        good.delete(path);
        response.writeHead(303, { location: console.href, 'set-cookie': session, 'cache-control': 'no-store' });
        return response.end();
      });
      await once(server.listen(0, console.hostname), 'listening');
      const { port } = server.address() as AddressInfo;
      for (const [username, password] of Object.entries(passwords[role])) {
        const path = `/${randomBytes(18).toString('base64url')}`;
        good.set(path, { username, password });
        links.push({ role, username, url: `https://${console.hostname}:${port}${path}` });
      }
      setTimeout(() => good.clear(), GOOD_FOR_MS).unref();
      return server.unref();
    }),
  );
  return {
    links,
    close() {
      for (const server of servers) {
        server.close();
        server.closeAllConnections();
      }
    },
  };
}

/** Has each operator whose password is still the one that was issued choose another, which is kept instead. */
export async function choosePasswords(site: Site, directory: string, operators: DemoOperators): Promise<void> {
  if (operators.areChosen) return;
  for (const role of ROLES) {
    for (const [username, password] of Object.entries(operators.passwords[role])) {
      const session = await logIn(site, role, { username, password });
      const chosen = randomBytes(12).toString('base64url');
      const isChosen =
        session !== null && (await submit(site, role, '/password', { chosen, repeated: chosen }, session)) !== null;
      if (!isChosen) continue;
      operators.passwords[role][username] = chosen;
      await keepOperators(directory, operators);
    }
  }
  await keepOperators(directory, { ...operators, areChosen: true });
}

const logIn = (site: Site, role: Role, fields: { username: string; password: string }) =>
  submit(site, role, '/login', fields);

/** Fills in the form of a page and sends it; resolves to the session's cookie as it was set, null if there is no such form or session. */
async function submit(site: Site, role: Role, path: string, fields: Record<string, string>, session = '') {
  const ca = await site.readFile(role, CA_FILE);
  const url = site.consoleUrlOf(role) + path;
  const page = await send(url, { ca, headers: { cookie: session.split(';')[0] } });
  const [, token] = /name="_csrf" value="([^"]+)"/.exec(page.text) ?? [];
  if (page.status !== 200 || token === undefined) return null;
  const cookie = [session, ...(page.headers['set-cookie'] ?? [])].map((set) => set.split(';')[0]).join('; ');
  const headers = { cookie, 'content-type': 'application/x-www-form-urlencoded' };
  const answer = await send(
    url,
    { ca, method: 'POST', headers },
    `${new URLSearchParams({ _csrf: token, ...fields })}`,
  );
  return answer.headers['set-cookie']?.find((set) => /^__Host-session-[^=]+=[^;]/.test(set)) ?? null;
}
