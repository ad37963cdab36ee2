export { DAMAGES, type Damage } from './damage.ts';
export {
  describeBehindPooler,
  describeEachEngine,
  describeEachWay,
  describePostgres,
  describeSqlite,
  type TestEngine,
} from './describe-each-engine.ts';
export { aDirectory } from './directory.ts';
export { migrateFreshService } from './migrated-databases.ts';
export { mountSmallDisk } from './small-disk.ts';
export { tablesWith, uniqueKeysWithout } from './unique-keys.ts';
export { watchProtocol } from './watch-protocol.ts';
