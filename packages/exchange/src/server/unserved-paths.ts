import { ProtocolError } from '@ticket-check/protocol';
import { createLogSampler, discardRest } from '@ticket-check/runtime';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { type EnvelopeOptions, envelopeReplies } from './envelope-replies.ts';

/**
 * Fastify plugin that answers, in the reply envelope, requests that no route of the app serves: 405 with `Allow` if the
 * path has other methods, otherwise 404. It is the app's not-found handler for all paths, so an app registers it once, and
 * no other one. Scheme 6.4.2, 7.4.2; reading E9.
 */
export async function unservedPaths(app: FastifyInstance, options: EnvelopeOptions): Promise<void> {
  const refusals = createLogSampler({ logger: app.log, summary: 'more requests were refused' });
  const { refuse } = envelopeReplies({ ...options, refusals });
  app.addHook('onClose', async () => refusals.close());
  // Before the body is read: nothing here wants it.
  app.addHook('onRequest', (request, to) => {
    const methods = methodsServed(app, request);
    discardRest(request, to);
    if (methods.length === 0) {
      refuse(request, to, new ProtocolError('NOT_FOUND', 'Signed requests are sent only to the path /.'));
      return;
    }
    to.header('allow', methods.join(', '));
    refuse(request, to, new ProtocolError('METHOD_NOT_ALLOWED', 'Signed requests are sent with POST.'));
  });
  app.setNotFoundHandler(() => {});
}

function methodsServed(app: FastifyInstance, { url }: FastifyRequest): string[] {
  const path = url.split('?', 1)[0] ?? url;
  return app.supportedMethods.filter((method) => app.hasRoute({ method: method as 'GET', url: path }));
}
