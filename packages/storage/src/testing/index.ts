export { DAMAGES, type Damage } from './damage.ts';
export { type DumpTarget, dumpDatabase, loadDump, rowCounts } from './database-dump.ts';
export { describeEachEngine, describePostgres, type TestEngine } from './describe-each-engine.ts';
export { mountSmallDisk, type SmallDisk } from './small-disk.ts';
export { uniqueKeysWithout } from './unique-keys.ts';
