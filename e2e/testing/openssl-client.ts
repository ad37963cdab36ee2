import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Bundle, shanghaiTime } from './client.ts';
import { run } from './run.ts';

// A client made of the OpenSSL command line and curl, as an integrator tries a bundle out by hand.

/** What the signature's block holds: the hex digits of the digest, its bytes, or a DER DigestInfo. Reading E3. */
export const PAYLOADS = ['hex', 'raw', 'digest-info'] as const;
export type Payload = (typeof PAYLOADS)[number];

/** How the request is laid out: compact, pretty-printed, or signed compact and then printed pretty. Reading E2. */
export const LAYOUTS = ['compact', 'pretty', 'signed compact, sent pretty'] as const;
export type Layout = (typeof LAYOUTS)[number];

interface CurlReply {
  status: number;
  replyData: Record<string, unknown>;
}

export interface OpensslClient {
  body(api: string, query: unknown, options?: { payload?: Payload; layout?: Layout }): string;
  /** Sends a body with a Content-Type, or with none. */
  send(body: string, contentType: string | null): CurlReply;
}

/** Puts a digest into a type 1 block of a private key. Reading E3. */
const encryptPrivately = (keyFile: string, message: string | Buffer): Buffer =>
  run('openssl', ['pkeyutl', '-sign', '-inkey', keyFile, '-pkeyopt', 'rsa_padding_mode:pkcs1'], message);

/** The same for a message of any length, which `-sign` does not take: the padding is ours, the private operation bare. */
export function encryptLongPrivately(keyFile: string, message: Buffer, bits: number): Buffer {
  const padding = Buffer.alloc(bits / 8 - message.length - 3, 0xff);
  const block = Buffer.concat([Buffer.from([0, 1]), padding, Buffer.from([0]), message]);
  return run('openssl', ['pkeyutl', '-decrypt', '-inkey', keyFile, '-pkeyopt', 'rsa_padding_mode:none'], block);
}

/** Takes the message out of a type 1 block with the public key, which GetPublicKeys sends as Base64 of its DER form. */
export function recoverMessage(publicKey: string, block: Buffer, directory: string): Buffer {
  const keyFile = join(directory, 'recover.der');
  writeFileSync(keyFile, Buffer.from(publicKey, 'base64'));
  const key = ['-pubin', '-keyform', 'DER', '-inkey', keyFile];
  return run('openssl', ['pkeyutl', '-verifyrecover', ...key, '-pkeyopt', 'rsa_padding_mode:pkcs1'], block);
}

/** A client with the bundle of an account; its files lie in `directory`. */
export function opensslClient(bundle: Bundle, directory: string): OpensslClient {
  const keyFile = join(directory, `${bundle.Username}.pem`);
  const caFile = join(directory, `${bundle.Username}-ca.pem`);
  writeFileSync(keyFile, bundle.PrivateKey, { mode: 0o600 });
  writeFileSync(caFile, bundle.CaCertificate);

  function signature(text: string, payload: Payload): string {
    switch (payload) {
      case 'hex':
        return encryptPrivately(keyFile, run('openssl', ['dgst', '-md5', '-r'], text).subarray(0, 32)).toString(
          'base64',
        );
      case 'raw':
        return encryptPrivately(keyFile, run('openssl', ['dgst', '-md5', '-binary'], text)).toString('base64');
      case 'digest-info':
        return run('openssl', ['dgst', '-md5', '-sign', keyFile], text).toString('base64');
    }
  }

  return {
    body(Api, query, { payload = 'hex', layout = 'compact' } = {}) {
      const envelope = { Version: '1.0', Datetime: shanghaiTime(), Username: bundle.Username, Api };
      const compact = JSON.stringify(query);
      const pretty = JSON.stringify(query, null, '\t');
      const text = Object.values(envelope).join('') + (layout === 'pretty' ? pretty : compact);
      const elements = JSON.stringify({ ...envelope, Signature: signature(text, payload) }, null, '\t');
      if (layout !== 'compact') return `${elements.slice(0, -2)},\n\t"QueryData" : ${pretty}\n}\n`;
      return `${JSON.stringify(JSON.parse(elements)).slice(0, -1)},"QueryData":${compact}}`;
    },
    send(body, contentType) {
      const header = contentType === null ? 'Content-Type:' : `Content-Type: ${contentType}`;
      const args = ['--silent', '--show-error', '--cacert', caFile, '--header', header, '--data-binary', '@-'];
      const printed = run('curl', [...args, '--write-out', '\n%{http_code}', bundle.Url], body).toString('utf8');
      const end = printed.lastIndexOf('\n');
      const { Version, Datetime, ReplyData } = JSON.parse(printed.slice(0, end));
      if (Version !== '1.0' || !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/.test(Datetime)) throw new Error(printed);
      return { status: Number(printed.slice(end + 1)), replyData: ReplyData };
    },
  };
}
