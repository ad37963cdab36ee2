import { describe, expect, it } from 'vitest';
import { eTicketKeyId } from '../e-ticket.ts';
import { checkRecord, throughJson } from '../testing/samples.ts';
import { refusalOf, testPublicKey } from '../testing/vectors.ts';
import { parseWallClock } from '../time.ts';
import {
  createETicketReplyJson,
  getETicketKeysReplyJson,
  readCreateETicketReply,
  readGetETicketKeysReply,
} from './e-ticket.ts';

const { startTime } = checkRecord;
const at = parseWallClock('2026-11-24T18:00:00');

describe('the replies about e-tickets', () => {
  const publicKey = testPublicKey('e-ticket-ed25519');
  const key = { keyId: eTicketKeyId(publicKey), publicKey, validFrom: at, validUntil: startTime, revokedAt: null };
  const [row] = getETicketKeysReplyJson({ host: 'a.cn', keys: [key] }).Keys;

  it('are read back', () => {
    const link = { url: 'https://a.cn/t/abc', token: 'abc' };
    expect(readCreateETicketReply(throughJson(createETicketReplyJson(link)))).toEqual(link);
    const keys = { host: 'a.cn:9000', keys: [key, { ...key, revokedAt: at }] };
    const read = readGetETicketKeysReply(throughJson(getETicketKeysReplyJson(keys)));
    expect(getETicketKeysReplyJson(read)).toEqual(getETicketKeysReplyJson(keys));
  });

  it('yield the keys that can be read, under the names that they really have', () => {
    const faulty = [null, 7, {}, { ...row, PublicKey: 'AAAA' }, { ...row, ValidUntil: 'tomorrow' }];
    const read = readGetETicketKeysReply({ Keys: [...faulty, { ...row, KeyId: 'AAAAAAAAAAA' }] });
    expect(read).toMatchObject({ host: '', keys: [{ keyId: key.keyId }] });
    expect(read.keys).toHaveLength(1);
    expect(readGetETicketKeysReply({ Keys: Array(65).fill(row) }).keys).toHaveLength(64);
  });

  it('take a key for revoked at whatever time', () => {
    const read = readGetETicketKeysReply({ Keys: [{ ...row, RevokedAt: 'lately' }] });
    expect(read.keys[0]?.revokedAt).toBe(at);
  });

  it.each([readCreateETicketReply, readGetETicketKeysReply])('throw the refusal of the peer (%#)', (read) => {
    expect(refusalOf(() => read({ ErrorCode: 'ETICKET_NOT_FOUND' })).code).toBe('ETICKET_NOT_FOUND');
    expect(refusalOf(() => read({})).code).toBe('UPSTREAM_UNAVAILABLE');
  });
});
