import { openStore } from '@ticket-check/storage';
import { type OperationTables, operationMigrations } from '../log-tables.ts';
import { auditLogOf } from '../transparency-log.ts';
import { addDeeds, tickingClock } from './deeds.ts';

// Another process that does things and sequences them, as fast as it can: `node sequencer-main.ts <url> <key> <name> <count>`.
const [url = '', encryptionKey = '', name = '', count = ''] = process.argv.slice(2);
const store = await openStore<OperationTables>({ url, encryptionKey, migrations: operationMigrations });
const log = auditLogOf(store, tickingClock(Date.now()));
for (let n = 0; n < Number(count); n += 1) {
  await addDeeds(store.db, [`${name}-${n}`]);
  await log.sequence();
}
await store.close();
