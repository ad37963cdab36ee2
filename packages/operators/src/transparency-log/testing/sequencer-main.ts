import { openStore } from '@ticket-check/storage';
import { type OperationTables, operationMigrations } from '../log-tables.ts';
import { auditLogOf } from '../transparency-log.ts';
import { addDeeds } from './deeds.ts';

// Another process that does things and sequences them, as fast as it can: `node sequencer-main.ts <url> <key> <name> <count>`.
const [url = '', encryptionKey = '', name = '', count = ''] = process.argv.slice(2);
const store = await openStore<OperationTables>({ url, encryptionKey, migrations: operationMigrations });
// Each call is a second later than the one before, so that no checkpoint comes too soon.
let now = Date.now();
const log = auditLogOf(store, () => {
  now += 1000;
  return now;
});
for (let n = 0; n < Number(count); n += 1) {
  await addDeeds(store.db, [`${name}-${n}`]);
  await log.sequence();
}
await store.close();
