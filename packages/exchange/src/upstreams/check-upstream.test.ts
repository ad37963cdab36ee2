// @module-tag service
import { keyPairOf, type PeerAnswer, startPeer } from '@ticket-check/runtime/testing';
import { expect, onTestFinished, test } from 'vitest';
import { testTls } from '../testing/tls.ts';
import { checkUpstream } from './check-upstream.ts';

const tls = await testTls();
const { privateKeyPem } = await keyPairOf('platform-1');

const refusal = JSON.stringify({ ReplyData: { ErrorCode: 'SIGN_ERR', ErrorMessage: '签名错误' } });

test.each([
  ['a page', { body: '<html>Log in</html>' }, /page of HTML/, /^not known/],
  ['nothing', { body: '' }, /empty/, /^not known/],
  ['a code of its own', { body: refusal }, /SIGN_ERR: 签名错误/, /^no form works/],
  [
    'names in another case',
    { body: '{"ReplyData":{"publicKeys":[]}}' },
    /PublicKeys/,
    /write publicKeys as the scheme/,
  ],
] as [string, PeerAnswer, RegExp, RegExp][])('what is answered is named: %s', async (_name, answer, says, setting) => {
  const peer = await startPeer(() => answer, { tls });
  onTestFinished(() => peer.close());
  const account = { url: peer.url, username: 'platform-1', privateKeyPem, cinemaCodes: 'all' } as const;
  const forms = { payloadForm: 'hex', algorithm: 'rsa-md5', priceForm: 'string' } as const;
  const check = (caPem: string | null) => checkUpstream({ ...account, ...forms, caPem }, Date.now);
  const checked = await check(tls.ca);
  expect(checked.Forms.every(({ Says }) => says.test(Says))).toBe(true);
  expect(checked.Setting).toMatch(setting);
  expect((await check(null)).Setting).toMatch(/give its CA with --ca/);
});
