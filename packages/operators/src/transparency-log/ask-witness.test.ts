import type { Store } from '@ticket-check/storage';
import { describeSqlite } from '@ticket-check/storage/testing';
import { beforeEach, expect, it } from 'vitest';
import { askWitness, cosignatureIn, parseWitnessKey } from './ask-witness.ts';
import { openNote, parseCheckpoint } from './note.ts';
import { addDeeds, type DeedTables, deedMigrations, deeds } from './testing/deeds.ts';
import { startWitness } from './testing/witness.ts';
import { createTransparencyLog, type TransparencyLog } from './transparency-log.ts';

describeSqlite('a witness', (engine) => {
  let log: TransparencyLog;
  let grow: (count: number) => Promise<void>;

  beforeEach(async () => {
    const store: Store<DeedTables> = await engine.open<DeedTables>(deedMigrations);
    const clock = { at: 1_800_000_000_000, made: 0 };
    log = createTransparencyLog(store, deeds, () => clock.at);
    grow = async (count) => {
      const ids = Array.from({ length: count }, (_, n) => String(clock.made + n).padStart(6, '0'));
      clock.made += count;
      clock.at += 1000;
      await addDeeds(store.db, ids);
      await log.sequence();
    };
  });

  it('signs each checkpoint that continues the one before, and tells when the end was cut off', async () => {
    await expect(ask(await startWitness(() => null))).rejects.toThrow('no checkpoint');
    await grow(5);
    const early = await log.checkpoint();
    const [key] = await log.keys();
    const witness = await startWitness(() => key!);
    const first = await ask(witness);
    expect(witness.calls).toBe(1);
    expect(openNote(first, [key!])).toMatchObject({ by: { name: key!.name } });
    expect(cosignatureIn(first, parseWitnessKey(witness.key))).not.toBeNull();
    expect(first.split('\n').filter((line) => line.startsWith('— '))).toHaveLength(2);

    await grow(295);
    const second = await ask(witness);
    expect(witness.calls).toBe(3);
    expect(parseCheckpoint(second.slice(0, second.indexOf('\n\n') + 1))).toMatchObject({ size: 300 });
    // Nothing new: the same again.
    expect(await ask(witness)).toBe(second);

    const cutOff = { ...log, checkpoint: async () => early };
    await expect(ask(witness, cutOff)).rejects.toThrow('has seen 300 entries of this log, which has 5 now');
    witness.seen = { ...witness.seen!, root: Buffer.alloc(32) };
    await expect(ask(witness)).rejects.toThrow('do not continue what the witness has signed');
    await grow(1);
    await expect(ask(witness)).rejects.toThrow('do not continue what the witness has signed');
  });

  it('is refused if it does not know the log, is no witness, or is another one', async () => {
    await grow(1);
    await expect(ask(await startWitness(() => null))).rejects.toThrow('does not know this log');
    const [key] = await log.keys();
    const [witness, other] = [await startWitness(() => key!), await startWitness(() => key!)];
    await expect(ask({ ...witness, key: other.key })).rejects.toThrow('no signature of the key that was given');
    await expect(ask({ ...witness, url: `${witness.url}elsewhere` })).rejects.toThrow('status 405');
    await expect(ask({ ...witness, url: 'http://127.0.0.1:1/' })).rejects.toThrow('cannot be reached');
    expect(() => parseWitnessKey(`${key!.name}+00000000+AQ==`)).toThrow('The key of the witness cannot be used');
  });

  const ask = ({ url, key }: { url: string; key: string }, its: Parameters<typeof askWitness>[0] = log) =>
    askWitness(its, { url, key: parseWitnessKey(key) });
});
