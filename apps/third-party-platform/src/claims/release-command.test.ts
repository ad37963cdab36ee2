// @module-tag process
import { describeSqlite } from '@ticket-check/storage/testing';
import { expect, it } from 'vitest';
import { readThirdPartySettings } from '../config.ts';
import { openDatabase } from '../database.ts';
import { createSite } from '../testing/test-platform.ts';
import { createClaimStore } from './claim-store.ts';
import { claimFor } from './testing/claims.ts';

describeSqlite('claims release', ({ url }) => {
  it('releases any number of claims in operations of 500, so that no guest’s claim waits for all of them', async () => {
    const site = await createSite(await url());
    const store = await openDatabase(readThirdPartySettings(site.env));
    const claims = createClaimStore(store, Date.now);
    const made = Array.from({ length: 501 }, (_, n) => {
      const digits = String(n).padStart(12, '0');
      return { ...claimFor('terminal-1'), recordId: `019a0000-0000-7000-9400-${digits}` as never };
    });
    await Promise.all(made.map((claim) => claims.claim(claim)));
    await store.close();

    const given = ['claims', 'release', '--username', 'terminal-1', '--reason', 'burnt down', '--yes'];
    const { stdout, stderr } = await site.command(...given);
    expect(stderr).toContain('Released 501 of 501 claims.');
    expect(stdout.trim().split('\n')).toHaveLength(501);
    const listed = (await site.command('audit', 'list')).stdout.trim().split('\n');
    const operations = listed.map((line) => JSON.parse(line));
    expect(operations.map(({ Name, What }) => [Name, What.reason, What.released.length])).toEqual([
      ['claims release', 'burnt down', 500],
      ['claims release', 'burnt down', 1],
    ]);
  });
});
