import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { baseSettings, ExpectedError, oneOf, readSettings, secret, showSettings, text, wholeNumber } from './index.ts';

const shape = {
  ...baseSettings,
  CHECK_WINDOW_MS: wholeNumber(0, 600_000).default(300_000),
  OFFLINE: oneOf(['admit', 'refuse']).default('admit'),
  ADMIN_TOKEN: secret(text('at least 8 characters', '至少 8 个字符').min(8)).optional(),
};

function faultsOf(env: Record<string, string>): string {
  try {
    readSettings(shape, env);
  } catch (error) {
    expect(error).toBeInstanceOf(ExpectedError);
    return (error as ExpectedError).message;
  }
  throw new Error('no fault');
}

describe('readSettings', () => {
  it('has a default for everything', () => {
    const settings = readSettings(shape, {});
    expect(settings).toMatchObject({
      HOST: '127.0.0.1',
      PORT: 9000,
      CONSOLE_HOST: '127.0.0.1',
      CONSOLE_PORT: 9443,
      DATA_DIR: resolve('.data'),
      DATABASE_URL: `sqlite://${resolve('.data')}/ticket-check.db`,
      DATABASE_KEY_FILE: `${resolve('.data')}.key`,
      PUBLIC_URL: 'https://127.0.0.1:9000',
      LOG_LEVEL: 'info',
      CHECK_WINDOW_MS: 300_000,
      OFFLINE: 'admit',
    });
    expect(settings.TLS_CERT_FILE).toBeUndefined();
  });

  it('reads set variables, ignores unknown ones, and takes an empty one as not set', () => {
    const settings = readSettings(shape, {
      PORT: '9443',
      HOST: '',
      DATA_DIR: '/srv/data',
      DATABASE_URL: 'postgres://user:pass@db/tickets',
      OFFLINE: 'refuse',
      PATH: '/bin',
      POTR: '1',
    });
    expect(settings).toMatchObject({
      PORT: 9443,
      HOST: '127.0.0.1',
      DATABASE_URL: 'postgres://user:pass@db/tickets',
      DATABASE_KEY_FILE: '/srv/data.key',
      OFFLINE: 'refuse',
    });
    expect(settings).not.toHaveProperty('PATH');
  });

  it('puts the console beside the service unless told otherwise', () => {
    expect(readSettings(shape, { HOST: '::1', PORT: '0' })).toMatchObject({ CONSOLE_HOST: '::1', CONSOLE_PORT: 0 });
    expect(readSettings(shape, { PORT: '65092' }).CONSOLE_PORT).toBe(65535);
    expect(readSettings(shape, { PORT: '65093', CONSOLE_PORT: '9443' }).CONSOLE_PORT).toBe(9443);
    expect(readSettings(shape, { CONSOLE_HOST: '0.0.0.0' })).toMatchObject({
      HOST: '127.0.0.1',
      CONSOLE_HOST: '0.0.0.0',
    });
  });

  it('writes the default DATABASE_URL as a URL, whatever the directory is called', () => {
    expect(readSettings(shape, { DATA_DIR: '/srv/a b#c' }).DATABASE_URL).toBe(
      'sqlite:///srv/a%20b%23c/ticket-check.db',
    );
  });

  it('gives out the name of the machine where it listens on all addresses', () => {
    expect(readSettings(shape, { HOST: '0.0.0.0' }).PUBLIC_URL).toBe(`https://${hostname()}:9000`.toLowerCase());
    expect(readSettings(shape, { HOST: '::1' }).PUBLIC_URL).toBe('https://[::1]:9000');
    expect(readSettings(shape, { HOST: '0.0.0.0', PUBLIC_URL: 'https://tickets.example/a' }).PUBLIC_URL).toBe(
      'https://tickets.example/a',
    );
  });

  it.each([
    [{ PORT: '65536' }, 'The environment variable PORT is "65536"; it must be a whole number from 0 to 65535.'],
    [{ PORT: '9000.5' }, 'The environment variable PORT is "9000.5"; it must be a whole number from 0 to 65535.'],
    [
      { PORT: '65093' },
      'The environment variable CONSOLE_PORT is not set and would be PORT + 443, 65536, which is no port; set it to a whole number from 0 to 65535.',
    ],
    [{ HOST: 'a b' }, 'The environment variable HOST is "a b"; it must be an address or host name of this machine.'],
    [
      { PUBLIC_URL: 'http://x' },
      'The environment variable PUBLIC_URL is "http://x"; it must be a URL that begins with https:// and a host name or address, without username, password, port 0, query or fragment.',
    ],
    [{ OFFLINE: 'maybe' }, 'The environment variable OFFLINE is "maybe"; it must be one of admit, refuse.'],
    [
      { TLS_KEY_FILE: '/key.pem' },
      'The environment variables TLS_CERT_FILE and TLS_KEY_FILE belong together; set both or neither.',
    ],
  ])('refuses %j in one sentence', (env, sentence) => {
    expect(faultsOf(env)).toBe(sentence);
  });

  it('names a secret that is wrong and never shows it', () => {
    expect(faultsOf({ ADMIN_TOKEN: 'hunter2' })).toBe(
      'The environment variable ADMIN_TOKEN has an unusable value; it must be at least 8 characters.',
    );
    expect(faultsOf({ DATABASE_URL: 'mysql://root:hunter2@db' })).not.toContain('hunter2');
  });

  it.each(['https://anna:hunter2@tickets.example/', 'ftp://anna:hunter2@tickets.example/'])(
    'takes no PUBLIC_URL with a password, nor shows it: %s',
    (PUBLIC_URL) => {
      expect(faultsOf({ PUBLIC_URL })).toBe(
        'The environment variable PUBLIC_URL has an unusable value; it must be a URL that begins with https:// and a host name or address, without username, password, port 0, query or fragment.',
      );
    },
  );

  it.each([
    ['https://Tickets.Example.CN', 'https://tickets.example.cn'],
    ['https://tickets.example.cn.', 'https://tickets.example.cn'],
    ['https://tickets.example.cn.:9443/door', 'https://tickets.example.cn:9443/door'],
    ['https://tickets.example.cn:443/', 'https://tickets.example.cn'],
    ['https://电影.example.cn', 'https://xn--p3t879b.example.cn'],
    ['https://127.1:9000', 'https://127.0.0.1:9000'],
    ['https://[2001:DB8::0:1]:9000/', 'https://[2001:db8::1]:9000'],
    ['https://tickets.example.cn/a/', 'https://tickets.example.cn/a/'],
  ])('takes PUBLIC_URL %s as %s', (PUBLIC_URL, normal) => {
    expect(readSettings(shape, { PUBLIC_URL }).PUBLIC_URL).toBe(normal);
  });

  it.each([
    ...['tickets.example.cn', 'https://', 'https://*.example.cn', 'https://ticket_check.example.cn'],
    ...['https://-tickets.example.cn', 'https://tickets..example.cn', 'https://tickets.example.cn..'],
    ...['https://a$b.example.cn', `https://${'a'.repeat(64)}.cn`, `https://${'a1.'.repeat(90)}cn`],
    ...['https://[fe80::1%25eth0]:9000', 'https://tickets.example.cn:0', 'https://tickets.example.cn:65536'],
    ...[
      'https://tickets.example.cn/?cinema=1',
      'https://tickets.example.cn/?',
      'https://tickets.example.cn/#e-tickets',
    ],
  ])('takes no PUBLIC_URL %s', (PUBLIC_URL) => {
    expect(faultsOf({ PUBLIC_URL })).toContain(`PUBLIC_URL is ${JSON.stringify(PUBLIC_URL)}; it must be a URL`);
  });

  it.each(['fe80::1%eth0', 'cinema_srv'])('asks for a PUBLIC_URL where none follows from HOST, as from %s', (HOST) => {
    expect(faultsOf({ HOST })).toBe(
      `The environment variable PUBLIC_URL is not set and does not follow from HOST, "${HOST}"; set it to the URL under which others reach this service.`,
    );
    const env = { HOST, PUBLIC_URL: 'https://tickets.example.cn' };
    expect(readSettings(shape, env).PUBLIC_URL).toBe(env.PUBLIC_URL);
    expect(showSettings(shape, env).find(({ name }) => name === 'PUBLIC_URL')).toMatchObject({ usual: null });
  });

  it('reports every wrong setting in one message', () => {
    expect(faultsOf({ PORT: 'x', LOG_LEVEL: 'loud' }).split('\n')).toHaveLength(2);
  });
});

describe('showSettings', () => {
  const shown = (env: Record<string, string>) => new Map(showSettings(shape, env).map((one) => [one.name, one]));

  it('shows the value, the default and the source of each setting', () => {
    const settings = shown({ PORT: '9100', OFFLINE: '', TLS_CERT_FILE: '/c.pem', TLS_KEY_FILE: '/k.pem' });
    expect([...settings.keys()].sort()).toEqual(Object.keys(shape).sort());
    expect(settings.get('PORT')).toMatchObject({ value: 9100, usual: 9000, from: 'environment' });
    expect(settings.get('CONSOLE_PORT')).toMatchObject({ value: 9543, usual: 9543, from: 'default' });
    expect(settings.get('OFFLINE')).toMatchObject({
      value: 'admit',
      from: 'default',
      allowed: 'one of admit, refuse',
      allowedZh: 'admit、refuse 之一',
    });
    expect(settings.get('TLS_KEY_FILE')).toMatchObject({ value: '/k.pem', usual: null, from: 'environment' });
    expect(settings.get('ADMIN_TOKEN')).toMatchObject({ value: null, usual: null, isHidden: false });
  });

  it('shows no secret, nor a URL with credentials in an unmarked setting', () => {
    const files = { TLS_CERT_FILE: 'x://u:hunter2@y', TLS_KEY_FILE: 'x://u:hunter2@y' };
    const env = { ADMIN_TOKEN: 'hunter2hunter2', DATABASE_URL: 'postgres://u:hunter2@db/t', ...files };
    const settings = shown(env);
    for (const name of Object.keys(env)) {
      expect(settings.get(name)).toMatchObject({ value: null, isHidden: true, from: 'environment' });
    }
    expect(JSON.stringify([...settings])).not.toContain('hunter2');
  });
});
