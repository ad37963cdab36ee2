import { createLogger } from '@ticket-check/runtime';
import { describePostgres } from '@ticket-check/storage/testing';
import { movingAddress } from '@ticket-check/storage/testing/replaced-server';
import { expect, onTestFinished, test } from 'vitest';
import { CINEMA, claimOn, makeUkey } from './testing/test-cinema.ts';
import { claimAs, createSiteBehind, createTerminal, sendClaim } from './testing/test-platform.ts';

const ukey = makeUkey();

describePostgres('a database that goes away and comes back', ({ url }) => {
  test('is reported once each, takes no process out of a balancer, and holds up no claim afterwards', async () => {
    const server = await url();
    const database = await movingAddress(server);
    onTestFinished(database.close);
    const { site, sell } = await createSiteBehind(ukey, { url: database.url });
    const lines: { level: string; msg: string }[] = [];
    const service = await site.start(
      createLogger('test', 'info', { write: (line) => lines.push({ ...JSON.parse(line) }) }),
    );
    const bundle = await site.issue('terminal-1', CINEMA, service.url);
    const terminal = createTerminal(bundle);
    const get = (path: string) => site.get(service, path, bundle);
    await site.keysStored();
    expect(await claimAs(terminal, claimOn(sell()))).toMatchObject({ claimed: true });

    database.leadTo(undefined);
    for (let refused = 0; refused < 100; refused += 1)
      expect(await sendClaim(terminal, claimOn(sell()))).toMatchObject({ kind: 'retry', code: 'STORE_UNAVAILABLE' });
    expect(await get('/ready')).toEqual({ ready: true });
    expect(await get('/health')).toMatchObject({ status: 'failing', store: { ok: false } });

    database.leadTo(server);
    expect(await claimAs(terminal, claimOn(sell()))).toMatchObject({ claimed: true });
    await expect.poll(() => get('/health')).toMatchObject({ store: { ok: true } });
    const troubles = () => lines.filter(({ level }) => level !== 'info').map(({ msg }) => msg);
    await expect.poll(troubles).toContain('database answers again');
    expect(troubles()).toEqual(['database does not answer', 'database answers again']);
  });
});
