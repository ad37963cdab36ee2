import { createSecretKey } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { checkRecord } from '../testing/samples.ts';
import { refusalOf } from '../testing/vectors.ts';
import { addSeconds, epochOf } from '../time.ts';
import { deriveRecordId, parseRecordId } from './record-id.ts';

describe('RecordId', () => {
  it('is one text whatever case it came in', () => {
    expect(parseRecordId('019389F2-7C00-7ABC-8DEF-0123456789AB')).toBe(checkRecord.recordId);
  });

  it.each([
    '019389f2-7c00-4abc-8def-0123456789ab',
    '019389f2-7c00-7abc-cdef-0123456789ab',
    '019389f27c007abc8def0123456789ab',
    '{019389f2-7c00-7abc-8def-0123456789ab}',
    '',
  ])('refuses %j', (text) => {
    expect(refusalOf(() => parseRecordId(text)).code).toBe('INVALID_RECORD_ID');
  });

  const secret = createSecretKey(Buffer.alloc(32, 1));

  it('is derived alike each time, as a version 8 UUID that begins with the check time', () => {
    const id = deriveRecordId(checkRecord, 'terminal-1', secret);
    expect(deriveRecordId({ ...checkRecord }, 'terminal-1', createSecretKey(secret.export()))).toBe(id);
    expect(parseRecordId(id)).toBe(id);
    expect(id[14]).toBe('8');
    expect(Number.parseInt(id.replace('-', '').slice(0, 12), 16)).toBe(epochOf(checkRecord.checkTime));
  });

  it('differs by account, ticket, check time and secret, and grows with the check time', () => {
    const id = deriveRecordId(checkRecord, 'terminal-1', secret);
    const laterRecord = { ...checkRecord, checkTime: addSeconds(checkRecord.checkTime, 1) };
    const later = deriveRecordId(laterRecord, 'terminal-1', secret);
    const ids = [
      id,
      later,
      deriveRecordId(checkRecord, 'terminal-2', secret),
      deriveRecordId({ ...checkRecord, startTime: addSeconds(checkRecord.startTime, 60) }, 'terminal-1', secret),
      deriveRecordId(checkRecord, 'terminal-1', createSecretKey(Buffer.alloc(32, 2))),
    ];
    expect(new Set(ids).size).toBe(ids.length);
    expect(later > id).toBe(true);
  });
});
