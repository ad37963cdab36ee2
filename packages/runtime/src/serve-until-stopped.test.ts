// @module-tag process
import { Agent } from 'node:https';
import { describe, expect, it } from 'vitest';
import { testTls } from './testing/certificate.ts';
import { startFixture } from './testing/run-fixture.ts';
import { askServer } from './testing/test-server.ts';

describe('a service that receives a stop signal', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('closes and exits with 0 on %s', async (signal) => {
    const service = startFixture(['serve'], { PORT: '0' });
    await service.said(/^ready /m);
    service.child.kill(signal);
    const { code, stdout, stderr } = await service.ended;
    expect(code).toBe(0);
    expect(stdout).toContain('closed');
    expect(stderr).toContain('"msg":"stopped"');
  });

  it('ends at once on a second signal, when closing takes too long', async () => {
    const service = startFixture(['serve', '--hang'], { PORT: '0' });
    await service.said(/^ready /m);
    service.child.kill('SIGTERM');
    await service.said(/"msg":"stopping"/);
    service.child.kill('SIGTERM');
    const { code, stdout } = await service.ended;
    expect(code).toBe(143);
    expect(stdout).not.toContain('closed');
  });

  it('says in /ready that it stops, serves on, closes connections after their answer, and ends after the drain', async () => {
    const service = startFixture(['serve'], { PORT: '0', DRAIN_SECONDS: '300' });
    const consoleUrl = await service.said(/^console (\S+)$/m);
    const url = await service.said(/^ready (\S+)$/m);
    const ask = async (at: string, agent: Agent | false = false) => {
      const { status, headers, text } = await askServer(at, { agent });
      return [status, headers.connection, text];
    };
    const kept = new Agent({ keepAlive: true, ca: testTls.cert });
    expect(await ask(`${url}/print`, kept)).toEqual([200, 'keep-alive', 'printed']);
    expect(await ask(`${consoleUrl}/ready`)).toEqual([200, 'close', '{"ready":true}']);
    service.child.kill('SIGTERM');
    await service.said(/"msg":"stopping"/);
    expect(await ask(`${consoleUrl}/ready`, kept)).toEqual([503, 'close', '{"ready":false,"reason":"stopping"}']);
    expect(await ask(`${url}/print`, kept)).toEqual([200, 'close', 'printed']);
    expect(await ask(`${consoleUrl}/live`)).toEqual([200, 'close', '{"live":true}']);
    service.child.kill('SIGTERM');
    expect((await service.ended).code).toBe(143);

    const short = startFixture(['serve'], { PORT: '0', DRAIN_SECONDS: '1' });
    await short.said(/^ready /m);
    short.child.kill('SIGTERM');
    expect((await short.ended).code).toBe(0);
  });
});

it('goes on serving when the reader of its standard output is gone', async () => {
  const { child, ended, said } = startFixture(['serve'], { PORT: '0' });
  const url = await said(/^ready (\S+)$/m);
  const agent = new Agent({ ca: testTls.cert });
  child.stdout.destroy();
  for (let time = 0; time < 3; time += 1) expect((await askServer(`${url}/print`, { agent })).text).toBe('printed');
  child.kill('SIGTERM');
  const { code, stderr } = await ended;
  expect(code).toBe(0);
  expect(stderr).toContain('"msg":"stopped"');
});
