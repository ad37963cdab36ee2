import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { request as plainRequest } from 'node:http';
import { request } from 'node:https';
import { connect } from 'node:net';
import { createInterface } from 'node:readline/promises';
import { text } from 'node:stream/consumers';
import { UsageError } from '../frame/case.ts';

/** What a terminal showed at a scan; `admitted` is null where the scanner's line does not say it. */
export type Shown = { readonly admitted: boolean | null; readonly says: Readonly<Record<string, unknown>> | null };

export type Scanner = { present(code: string, about: string): Promise<Shown>; close(): void };

/** Files with the bearer token of `POST /scan` and with the CA of the terminal. */
type ScannerOptions = { token: string | undefined; ca: string | undefined; print(text: string): void };

const UNSEEN: Shown = { admitted: null, says: null };
const SUFFIX = '\r\n';

/** Opens `serial:PATH`, `tcp:HOST:PORT`, `http:URL` or `person`. @throws UsageError */
export async function openScanner(described: string, options: ScannerOptions): Promise<Scanner> {
  const [kind = '', rest = ''] = /^(\w+)(?::(.*))?$/.exec(described)?.slice(1) ?? [];
  if (kind === 'serial' && rest !== '') return serialScanner(rest);
  if (kind === 'tcp' && /:\d+$/.test(rest)) return tcpScanner(rest);
  if (kind === 'http' && URL.canParse(rest)) return httpScanner(new URL(rest), options);
  if (described === 'person') return person(options.print);
  throw new UsageError('--scanner is serial:PATH, tcp:HOST:PORT, http:URL or person.');
}

/** The end of a serial line whose other end the terminal reads, at 9600 baud. @throws UsageError */
function serialScanner(path: string): Scanner {
  try {
    execFileSync('stty', ['-F', path, '9600', 'raw', '-echo'], { stdio: 'pipe' });
  } catch (error) {
    throw new UsageError(`The serial line ${path} cannot be set up: ${(error as Error).message}`);
  }
  const line = openSync(path, 'r+');
  return {
    present: async (code) => {
      writeSync(line, code + SUFFIX);
      return UNSEEN;
    },
    close: () => closeSync(line),
  };
}

async function tcpScanner(address: string): Promise<Scanner> {
  const port = address.lastIndexOf(':');
  const open = async () => {
    const opened = connect(Number(address.slice(port + 1)), address.slice(0, port));
    await once(opened, 'connect');
    return opened;
  };
  let socket = await open();
  return {
    async present(code) {
      if (socket.destroyed) socket = await open();
      socket.write(code + SUFFIX);
      return UNSEEN;
    },
    close: () => void socket.destroy(),
  };
}

/** `POST` of {"Text"}, answered with a JSON object that has `Verdict`: ADMIT lets in. */
function httpScanner(url: URL, { token, ca }: ScannerOptions): Scanner {
  const headers = {
    'Content-Type': 'application/json',
    ...(token !== undefined && { Authorization: `Bearer ${readFileSync(token, 'utf8').trim()}` }),
  };
  const authority = ca === undefined ? {} : { ca: readFileSync(ca) };
  return {
    async present(code) {
      const ask = url.protocol === 'http:' ? plainRequest : request;
      const outgoing = ask(url, { method: 'POST', headers, ...authority });
      outgoing.on('error', () => {}).end(JSON.stringify({ Text: code }));
      const [incoming] = await once(outgoing, 'response');
      const body = await text(incoming);
      if (incoming.statusCode !== 200) throw new Error(`the terminal answered HTTP ${incoming.statusCode}: ${body}`);
      const says = JSON.parse(body) as Record<string, unknown>;
      return { admitted: says.Verdict === 'ADMIT' && says.Repeated !== true, says };
    },
    close: () => {},
  };
}

/** Somebody at the terminal shows the code to it and says what happened. */
async function person(print: (text: string) => void): Promise<Scanner> {
  const qrCode = await import('qrcode');
  const input = createInterface({ input: process.stdin, output: process.stderr });
  return {
    async present(code, about) {
      const symbol = await qrCode.toString(code, { type: 'terminal', small: true });
      print(`\nShow this to the terminal: ${about}\n${symbol}\n${code}\n`);
      const answer = await input.question('Did it let the guest in? y/n, empty if nobody can tell: ');
      return { admitted: answer === '' ? null : /^[y是]/i.test(answer), says: null };
    },
    close: () => input.close(),
  };
}
