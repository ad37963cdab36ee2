import { once } from 'node:events';
import { request } from 'node:https';
import { text } from 'node:stream/consumers';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  createLogger,
  ExpectedError,
  type Job,
  type JobDefinition,
  measuredGauge,
  type Service,
  startService,
} from './index.ts';
import { testTls } from './testing/certificate.ts';
import { freePort, LISTENERS } from './testing/free-port.ts';
import { askServer } from './testing/test-server.ts';

const lines: string[] = [];
const logger = createLogger('test', 'info', { write: (line) => lines.push(line) });

async function start(build: (service: Service) => void | Promise<void>, { port = 0, consolePort = 0 } = {}) {
  const settings = { ...LISTENERS, PORT: port, CONSOLE_PORT: consolePort };
  const running = await startService({ name: 'box', version: '1.2.3', settings, logger }, async (service) => {
    service.certificate(testTls, async () => testTls);
    await build(service);
    return { brought: 'by build' };
  });
  onTestFinished(() => running.close().catch(() => {}));
  return running;
}

const ask = async (url: string): Promise<string> => (await askServer(url)).text;

/** Parts that say when they are started and ended. */
function parts() {
  const said: string[] = [];
  const part = (name: string) => ({ close: async () => void said.push(`${name} closed`) });
  const job = (name: string) =>
    everywhere(() => {
      said.push(`${name} started`);
      return { stop: async () => void said.push(`${name} stopped`) };
    });
  return { said, part, job };
}

const everywhere = (start: () => Job | Promise<Job>): JobDefinition => ({ name: 'job', runs: 'everywhere', start });

describe('startService', () => {
  it('serves the routes, checks and metrics that were brought, beside what build answers', async () => {
    const { url, consoleUrl, brought } = await start((service) => {
      service.route((app) => void app.get('/a', async () => 'answer a'));
      service.route((app) => void app.get('/b', async () => 'answer b'));
      service.check({ name: 'door', run: async () => ({ ok: true, open: 3 }) });
      measuredGauge(service.metrics, 'doors', 'Doors', () => 3);
    });
    expect([await ask(`${url}/a`), await ask(`${url}/b`)]).toEqual(['answer a', 'answer b']);
    expect(JSON.parse(await ask(`${consoleUrl}/health`))).toMatchObject({
      status: 'ok',
      name: 'box',
      door: { ok: true, open: 3 },
    });
    expect(await ask(`${consoleUrl}/metrics`)).toMatch(/^doors 3$/m);
    expect(brought).toBe('by build');
  });

  it('serves pages only on the console, which takes short forms', async () => {
    const { url, consoleUrl } = await start((service) => {
      service.pages((console) => {
        console.get('/page', async () => 'a page');
        console.post('/form', async () => 'taken');
      });
    });
    expect(await ask(`${consoleUrl}/page`)).toBe('a page');
    expect(await ask(`${url}/page`)).toContain('Not Found');
    const post = async (length: number) => {
      const sent = { method: 'POST', ca: testTls.cert, agent: false, headers: { 'content-type': 'text/plain' } };
      const [response] = await once(request(`${consoleUrl}/form`, sent).end('a'.repeat(length)), 'response');
      return text(response);
    };
    expect(await post(16_000)).toBe('taken');
    expect(await post(17_000)).toContain('too large');
  });

  it('starts jobs only once it listens, each when the one before has started', async () => {
    const port = await freePort();
    const { said, job } = parts();
    const build = (service: Service) => {
      service.route((app) => void app.get('/', async () => 'listens'));
      service.job(
        everywhere(async () => {
          said.push(await ask(`https://127.0.0.1:${port}/`));
          return { stop: async () => {} };
        }),
      );
      service.job(job('second'));
      said.push('built');
    };
    await start(build, { port });
    expect(said).toEqual(['built', 'listens', 'second started']);
  });

  it('ends in the opposite order: requests, other work, the jobs together, what is owned latest first', async () => {
    const { said, part, job } = parts();
    const asked = Promise.withResolvers<void>();
    const answer = Promise.withResolvers<string>();
    const stopping = Promise.withResolvers<void>();
    const { url, close } = await start((service) => {
      service.defer(() => said.push('lock released'));
      service.own(part('store'));
      service.own(part('connection'));
      service.route((app) => {
        app.get('/', () => {
          asked.resolve();
          return answer.promise.finally(() => said.push('request answered'));
        });
      });
      service.drain(async () => void said.push('scan finished'));
      service.job(job('first job'));
      service.job(
        everywhere(() => ({
          async stop() {
            await stopping.promise;
            said.push('second job stopped');
          },
        })),
      );
      service.job(
        everywhere(() => ({
          async stop() {
            said.push('third job stopped');
            stopping.resolve();
          },
        })),
      );
    });
    const asking = ask(url);
    await asked.promise;
    said.length = 0;
    const closing = close();
    await nextTurn();
    answer.resolve('late');
    expect(await asking).toBe('late');
    expect(close()).toBe(closing);
    await closing;
    expect(said).toEqual([
      'request answered',
      'scan finished',
      'first job stopped',
      'third job stopped',
      'second job stopped',
      'connection closed',
      'store closed',
      'lock released',
    ]);
  });

  it('is ready once its jobs have started', async () => {
    const asked = Promise.withResolvers<string>();
    const { consoleUrl } = await start((service) => {
      service.job(
        everywhere(async () => {
          const [listening] = lines.filter((line) => line.includes('listening on')).slice(-1);
          asked.resolve(await ask(`${/https:[^"]+/.exec(listening ?? '')?.[0]}/ready`));
          return { stop: async () => {} };
        }),
      );
    });
    expect(await asked.promise).toBe('{"ready":false,"reason":"starting"}');
    expect(await ask(`${consoleUrl}/ready`)).toBe('{"ready":true}');
  });

  it('tries every end even if others fail, and reports the first error', async () => {
    lines.length = 0;
    const { said, part, job } = parts();
    const failing = (name: string) => async () => {
      throw new Error(`${name} does not end`);
    };
    const { close } = await start((service) => {
      service.own(part('store'));
      service.own({ stop: failing('connection') });
      service.drain(failing('scan'));
      service.job(everywhere(() => ({ stop: failing('first job') })));
      service.job(job('second job'));
    });
    await expect(close()).rejects.toThrow('scan does not end');
    expect(said).toEqual(['second job started', 'second job stopped', 'store closed']);
    const logged = lines.filter((line) => line.includes('failed to close'));
    expect(logged).toHaveLength(2);
    expect(logged[0]).toContain('first job does not end');
    expect(logged[1]).toContain('connection does not end');
  });
});

describe('a start that fails midway', () => {
  it('closes what it opened when build fails, and rejects with its error', async () => {
    const { said, part, job } = parts();
    const starting = start((service) => {
      service.own(part('store'));
      service.job(job('job'));
      service.own({ close: () => Promise.reject(new Error('not this one')) });
      throw new Error('no table');
    });
    await expect(starting).rejects.toThrow('no table');
    expect(said).toEqual(['store closed']);
  });

  it.each(['port', 'consolePort'] as const)('starts no job where its %s is taken', async (which) => {
    const taken = await start(() => {});
    const { said, part, job } = parts();
    const ports = { [which]: Number(new URL(which === 'port' ? taken.url : taken.consoleUrl).port) };
    const starting = start((service) => {
      service.own(part('store'));
      service.job(job('job'));
    }, ports);
    await expect(starting).rejects.toThrow(ExpectedError);
    expect(said).toEqual(['store closed']);
  });

  it('stops the started jobs and the listeners when a job cannot start', async () => {
    const { said, part, job } = parts();
    const port = await freePort();
    const starting = start(
      (service) => {
        service.own(part('store'));
        service.job(job('first'));
        service.job(everywhere(() => Promise.reject(new Error('cannot start'))));
        service.job(job('third'));
      },
      { port },
    );
    await expect(starting).rejects.toThrow('cannot start');
    expect(said).toEqual(['first started', 'first stopped', 'store closed']);
    await start(() => {}, { port });
  });
});
