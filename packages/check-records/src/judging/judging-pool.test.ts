import { execFile } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { promisify } from 'node:util';
import { type CinemaKey, parsePublicKey, parseWallClock } from '@ticket-check/protocol';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { makeRecord, makeRecords, makeUkey, UKEY } from '../testing/records.ts';
import { judge } from './judge.ts';
import { createJudgingPool } from './judging-pool.ts';

/** A key as costly as is allowed for the length of the records' codes. */
function dearKey(): CinemaKey {
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 1024, publicExponent: 0xffffffff });
  const spki = publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
  return { ...parsePublicKey(spki), startTime: parseWallClock('2026-01-01T00:00:00') };
}

describe('judging off the event loop', () => {
  const pool = createJudgingPool({ threads: 1 });
  afterAll(() => pool.close());
  const keys = [dearKey(), dearKey(), dearKey(), UKEY.key];
  const rubbish = makeRecord(0, { ukey: makeUkey() }).ticketInfoCode;

  it('says of every record what judging it here says', async () => {
    const records = [
      makeRecord(1),
      makeRecord(2, { ticketInfoCode: rubbish }),
      makeRecord(3, { ticketInfoCode: makeRecord(4).ticketInfoCode }),
    ];
    const expected = records.map((record) => judge(record, keys));
    expect(expected.map(({ quarantine }) => quarantine)).toEqual([null, 'CODE_NOT_GENUINE', 'CODE_CONTRADICTS_RECORD']);
    expect(await pool.judge('a', records, keys)).toEqual(expected);
    expect(await pool.judge('a', [], keys)).toEqual([]);
  });

  it('answers a sender with one record before another with two thousand', async () => {
    const order: string[] = [];
    const flood = pool.judge('flood', makeRecords(2000, { ticketInfoCode: rubbish }), keys);
    const one = pool.judge('one', [makeRecord(1)], keys);
    const [many] = await Promise.all([flood.finally(() => order.push('flood')), one.finally(() => order.push('one'))]);
    expect(order).toEqual(['one', 'flood']);
    expect(many).toHaveLength(2000);
  });

  it('refuses what a sender adds to two thousand waiting records, and nobody else', async () => {
    const flood = pool.judge('flood', makeRecords(2000, { ticketInfoCode: rubbish }), keys);
    await expect(pool.judge('flood', [makeRecord(1)], keys)).rejects.toMatchObject({ code: 'OVERLOADED', status: 503 });
    expect(await pool.judge('other', [makeRecord(1)], keys)).toMatchObject([{ quarantine: null }]);
    await flood;
    expect(await pool.judge('flood', [makeRecord(1)], keys)).toMatchObject([{ quarantine: null }]);
  });

  it('refuses what comes beyond fifty thousand waiting records of all, also from one who has none waiting', async () => {
    const crowded = createJudgingPool({ threads: 1 });
    const flood = makeRecords(2000, { ticketInfoCode: rubbish });
    const floods = Array.from({ length: 25 }, (_, sender) => crowded.judge(`flood ${sender}`, flood, keys));
    const ended = Promise.allSettled(floods);
    const refused = crowded.judge('other', flood, keys);
    await expect(refused).rejects.toMatchObject({ code: 'OVERLOADED', status: 503 });
    await crowded.close();
    await ended;
  });

  it('ends for good: what waits fails, what comes afterwards too, and no thread starts any more', async () => {
    const [used, unused] = [createJudgingPool({ threads: 1 }), createJudgingPool({ threads: 1 })];
    const floods = ['a', 'b', 'b'].map((sender) =>
      used.judge(sender, makeRecords(500, { ticketInfoCode: rubbish }), keys),
    );
    const ended = Promise.allSettled(floods);
    await Promise.all([used.close(), unused.close()]);
    expect((await ended).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    let started = 0;
    const noteThread = () => {
      started += 1;
    };
    process.on('worker', noteThread);
    onTestFinished(() => void process.off('worker', noteThread));
    for (const closed of [used, unused]) {
      await expect(closed.judge('a', [makeRecord(1)], keys)).rejects.toThrow('have ended');
      await closed.close();
    }
    expect(started).toBe(0);
  });

  it('starts threads the next time where they could not be started once', { tags: 'process' }, async () => {
    const program = `
      import { registerHooks } from 'node:module';
      import { createJudgingPool } from ${JSON.stringify(import.meta.resolve('./judging-pool.ts'))};
      import { makeRecord, UKEY } from ${JSON.stringify(import.meta.resolve('../testing/records.ts'))};
      const fault = registerHooks({
        resolve(specifier, context, next) {
          if (specifier === 'piscina') throw new Error('EMFILE');
          return next(specifier, context);
        },
      });
      const [never, pool] = [createJudgingPool({ threads: 1 }), createJudgingPool({ threads: 1 })];
      const judged = () => pool.judge('a', [makeRecord(1)], [UKEY.key]);
      const failed = await never.judge('a', [makeRecord(1)], [UKEY.key]).catch((error) => error.message);
      await never.close();
      const told = [failed, await judged().catch((error) => error.message)];
      fault.deregister();
      console.log(JSON.stringify([...told, ...(await judged())]));
      await pool.close();
    `;
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program]);
    expect(JSON.parse(stdout)).toMatchObject(['EMFILE', 'EMFILE', { quarantine: null }]);
  });
});
