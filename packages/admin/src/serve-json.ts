import { Readable } from 'node:stream';
import { type createApiTokens, type Permission, permits } from '@ticket-check/operators';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { openApiOf } from './declared/openapi.ts';
import type { ConsoleKit } from './guard.ts';
import { languageOf } from './language.ts';
import type { JsonRequest, JsonSource } from './page.ts';
import { PageError, Refused, readTexts } from './sent-texts.ts';
import { sessionOf } from './session-cookie.ts';

/**
 * Serves what capabilities offer as JSON and as files, only with GET: to machines by a token (`Authorization: Bearer`), and to
 * operators by their session. Refusals are JSON too, 401 without either.
 */
export function serveJson(
  app: FastifyInstance,
  { service, sets, sessions, firstDuty, namesOf }: ConsoleKit,
  { title, tokens }: { title: string; tokens: ReturnType<typeof createApiTokens> },
): void {
  const [json, files, actions] = [
    sets.flatMap((set) => set.json ?? []),
    sets.flatMap((set) => set.files ?? []),
    sets.flatMap((set) => set.actions ?? []),
  ];

  async function scopeOf(request: FastifyRequest): Promise<Scope | null> {
    const bearer = bearerOf(request);
    if (bearer !== undefined) {
      const holder = await tokens.find(bearer);
      return holder && { ...holder, byToken: true };
    }
    const operator = (await sessionOf(request, sessions))?.operator;
    if (operator === undefined || firstDuty(operator) !== null) return null;
    const { username, cinemaCodes, role } = operator;
    return { actor: username, byToken: false, cinemaCodes, permits: (permission) => permits(role, permission) };
  }

  async function known(request: FastifyRequest, reply: FastifyReply): Promise<Scope> {
    const scope = await scopeOf(request);
    if (scope !== null) return scope;
    reply.header('www-authenticate', 'Bearer');
    throw new Refused('unauthorized', { status: 401 });
  }

  const contract = openApiOf({ title, version: service.version, json, files, actions });
  app.get('/openapi.json', { config: { access: 'logged in', json: 'json' } }, async (request, reply) => {
    await known(request, reply);
    return contract;
  });

  async function answer<T>(
    request: FastifyRequest,
    reply: FastifyReply,
    { permission, handler }: { permission: Permission; handler(request: JsonRequest): Promise<T> },
  ): Promise<T> {
    const scope = await known(request, reply);
    if (!scope.permits(permission)) throw new PageError('forbidden');
    return handler({
      ...scope,
      namesOf: (kind) => namesOf(kind, scope),
      address: request.ip,
      language: languageOf(request),
      query: readTexts(request.query),
      signal: signalOf(reply),
    });
  }

  for (const source of json) {
    app.get(source.path, accessOf(source), (request, reply) => answer(request, reply, source));
  }
  for (const source of files) {
    app.get(source.path, accessOf(source), async (request, reply) => {
      const { type, name, body } = await answer(request, reply, source);
      reply.type(type);
      // Names of files are ours: letters, digits, dots and hyphens.
      if (name !== null) reply.header('content-disposition', `attachment; filename="${name}"`);
      return reply.send(Readable.from(body, { objectMode: false }));
    });
  }
}

export const bearerOf = ({ headers }: Pick<FastifyRequest, 'headers'>): string | undefined =>
  /^Bearer (\S+)$/i.exec(headers.authorization ?? '')?.[1];

const accessOf = ({ permission: access }: Pick<JsonSource, 'permission'>) => ({
  config: { access, json: 'json' as const },
});

type Scope = Pick<JsonRequest, 'cinemaCodes' | 'actor' | 'byToken' | 'permits'>;

/** Aborted where the connection ends before the answer does. */
function signalOf({ raw }: FastifyReply): AbortSignal {
  const gone = new AbortController();
  raw.once('close', () => {
    if (!raw.writableFinished) gone.abort(new Error('nobody waits for the answer any more'));
  });
  return gone.signal;
}
