import { ProtocolError } from '@ticket-check/protocol';
import { createLogSampler, discardRest, type Service } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import type { FastifyInstance } from 'fastify';
import { createAccounts } from '../accounts/accounts.ts';
import type { AccountTables } from '../accounts/migrations.ts';
import { type EnvelopeOptions, envelopeReplies } from './envelope-replies.ts';
import { createRefusedRequests, forgetRefused } from './refused-requests.ts';
import { type SignedApisOptions, signedApis } from './signed-apis.ts';

export type SignedApisSettings = {
  readonly CLOCK_WINDOW_SECONDS: number;
  readonly REQUESTS_PER_MINUTE: number;
  readonly REFUSALS_PER_MINUTE: number;
};

const FORGET_EVERY_MS = 10 * 60_000;

/** Serves signed Apis to the accounts of a store (`signedApis`), and answers what no route of the service serves. */
export function serveSignedApis(
  service: Service,
  options: Pick<SignedApisOptions, 'apis' | 'extensions' | 'onStoreFault'> & {
    store: Store<AccountTables>;
    settings: SignedApisSettings;
  },
): void {
  const { store, settings, apis, extensions, onStoreFault } = options;
  const { now, metrics } = service;
  const accounts = createAccounts(store, now);
  service.job({
    name: 'refused requests',
    runs: 'in one process',
    everyMs: FORGET_EVERY_MS,
    jitterMs: FORGET_EVERY_MS / 10,
    run: () => forgetRefused(store, now()),
  });
  service.route(async (app) => {
    await accounts.assertVerifiable();
    const envelope = { now, extensions, currentGeneration: store.currentGeneration };
    const refusedRequests = createRefusedRequests({ store, now });
    app.addHook('onClose', () => refusedRequests.close());
    await app.register(signedApis, {
      ...envelope,
      apis,
      accounts,
      windowMs: settings.CLOCK_WINDOW_SECONDS * 1000,
      requestsPerMinute: settings.REQUESTS_PER_MINUTE,
      refusalPace: { perMinute: settings.REFUSALS_PER_MINUTE },
      refusedRequests,
      metrics,
      ...(onStoreFault && { onStoreFault }),
    });
    await app.register(unservedPaths, envelope);
  });
}

/** Answers requests that no route of the app serves: 405 with `Allow`, or 404. Scheme 6.4.2, 7.4.2; reading E9. */
export async function unservedPaths(app: FastifyInstance, options: EnvelopeOptions): Promise<void> {
  const refusals = createLogSampler({ logger: app.log, summary: 'more requests were refused' });
  const { refuse } = envelopeReplies({ ...options, refusals });
  app.addHook('onClose', async () => refusals.close());
  // Before the body is read: nothing here wants it.
  app.addHook('onRequest', (request, to) => {
    const path = request.url.split('?', 1)[0] ?? request.url;
    const methods = app.supportedMethods.filter((method) => app.hasRoute({ method: method as 'GET', url: path }));
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
