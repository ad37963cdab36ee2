import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { aDirectory, describeBehindPooler } from '@ticket-check/storage/testing';
import { expect, test } from 'vitest';
import { loadServiceCertificate } from './server-certificate.ts';
import { type AuthorityTables, authorityMigrations } from './shared-authority.ts';

describeBehindPooler('a local CA that several processes share', (engine) => {
  test('says of a host that it may not vouch for how a new CA comes to be, and that is how', async () => {
    const store = await engine.open<AuthorityTables>(authorityMigrations);
    const dataDir = aDirectory();
    const load = (host: string) =>
      loadServiceCertificate({ DATA_DIR: dataDir, HOST: host, PUBLIC_URL: `https://${host}` }, { store });
    const first = await load('old.example');
    const refusal =
      /may not vouch for new\.example.+move .+tls of each away and delete the row of the table local_authority/;
    await expect(load('new.example')).rejects.toThrow(refusal);

    rmSync(join(dataDir, 'tls'), { recursive: true });
    await expect(load('new.example')).rejects.toThrow(refusal);

    rmSync(join(dataDir, 'tls'), { recursive: true });
    await store.db.deleteFrom('localAuthority').execute();
    const second = await load('new.example');
    expect(second.ca).not.toBe(first.ca);
    expect(await load('new.example')).toEqual(second);
  });
});
