import { openStore } from '@ticket-check/storage';
import { createTransparencyLog } from '../transparency-log.ts';
import { addDeeds, type DeedTables, deedMigrations, deeds } from './deeds.ts';

// Another process that does things and sequences them, as fast as it can: `node sequencer-main.ts <url> <key> <name> <count>`.
const [url = '', encryptionKey = '', name = '', count = ''] = process.argv.slice(2);
const store = await openStore<DeedTables>({ url, encryptionKey, migrations: deedMigrations });
// Each call is a second later than the one before, so that no checkpoint comes too soon.
let now = Date.now();
const log = createTransparencyLog(store, deeds, () => {
  now += 1000;
  return now;
});
for (let n = 0; n < Number(count); n += 1) {
  await addDeeds(store.db, [`${name}-${n}`]);
  await log.sequence();
}
await store.close();
