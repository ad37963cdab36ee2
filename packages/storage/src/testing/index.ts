export { DAMAGES, type Damage } from './damage.ts';
export { dumpDatabase, loadDump, migrationsOf, rowCounts, shapeOf } from './database-dump.ts';
export { describeEachEngine, describePostgres, type TestEngine } from './describe-each-engine.ts';
export { mountSmallDisk } from './small-disk.ts';
export { uniqueKeysWithout } from './unique-keys.ts';
