import { createPrivateKey, createPublicKey } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { Agent, createServer, request } from 'node:https';
import { buffer } from 'node:stream/consumers';
import { diagnose } from '@ticket-check/doctor';
import type { Bundle } from '@ticket-check/exchange';
import { errorCodesJson, readErrorReply } from '@ticket-check/protocol';
import { CA_FILE, CERTIFICATE_FILE, type Role, type Site } from './site.ts';

/**
 * Serves a platform at another port with the platform's certificate. `say` gets the lines that explain each request that the platform
 * refused, in the order of the replies. The bundle is of the account that is expected to call. Returns what ends it.
 */
export async function serveObserved(
  site: Site,
  platform: Role,
  { bundle, port }: { bundle: Bundle; port: number },
  say: (lines: readonly string[]) => void,
): Promise<() => void> {
  const [pem, ca] = [await site.readFile(platform, CERTIFICATE_FILE), await site.readFile(platform, CA_FILE)];
  const behind = new URL(site.urlOf(platform));
  const agent = new Agent({ ca, keepAlive: true });
  const server = createServer({ cert: pem, key: pem }, async (incoming, response) => {
    try {
      const { method, url: path, headers } = incoming;
      const body = await buffer(incoming);
      const outgoing = request({ host: behind.hostname, port: behind.port, method, path, headers, agent });
      // `once` rejects with an error before the reply; a platform that refuses a long body may cut the connection after it.
      outgoing.on('error', () => {}).end(body);
      const [answer] = (await once(outgoing, 'response')) as [IncomingMessage];
      const reply = await buffer(answer);
      response.writeHead(answer.statusCode ?? 502, answer.headers).end(reply);
      const found = explain(body, reply, bundle);
      if (found.length > 0)
        say([`${new Date().toISOString()} ${platform} refused a request: ${found[0]}`, ...found.slice(1)]);
    } catch {
      response.destroy();
    }
  });
  await once(server.listen(port, behind.hostname), 'listening');
  return () => {
    server.close();
    server.closeAllConnections();
    agent.destroy();
  };
}

/** What a platform refuses without reading the body. */
const UNREAD = new Set(['METHOD_NOT_ALLOWED', 'NOT_FOUND', 'BODY_TOO_LARGE', 'BODY_TOO_SLOW', 'OVERLOADED']);

const ADVICE = new Map(errorCodesJson().map(({ code, do: advice }) => [code, advice.en]));

/** The code of a reply that refuses a request, and what to change: as the signature doctor finds it, or as the code says. Empty for other replies. */
function explain(body: Buffer, reply: Buffer, { Username, PrivateKey }: Bundle): string[] {
  const error = errorOf(reply);
  if (error === null) return [];
  const key = createPublicKey(createPrivateKey(PrivateKey ?? ''));
  const { Mistakes } = UNREAD.has(error.code) ? { Mistakes: [] } : diagnose(body, [key], { usernames: [Username] });
  const said = Mistakes.map(({ Code, Where, Advice }) => `${Code} at ${Where}: ${Advice}`);
  const named = /"Username"\s*:\s*"([^"]*)"/.exec(body.toString())?.[1];
  const isStranger = error.code === 'SIGNATURE_INVALID' && named !== undefined && named !== Username;
  if (isStranger) said.unshift(`The account ${JSON.stringify(named)} is unknown here; the bundle is for ${Username}.`);
  // The clock is read before the signature.
  if (said.length === 0 || error.code === 'CLOCK_SKEW') said.unshift(ADVICE.get(error.code) ?? '');
  return [`${error.code}: ${error.message}`, ...said.map((line) => `  ${line}`)];
}

function errorOf(reply: Buffer) {
  try {
    return readErrorReply((JSON.parse(reply.toString()) as { ReplyData: Record<string, unknown> }).ReplyData);
  } catch {
    return null;
  }
}
