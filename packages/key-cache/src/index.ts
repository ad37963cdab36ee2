export { type CinemaKeyStatus, keyCommands } from './commands.ts';
export {
  createKeyCache,
  type KeyCache,
  type RefreshResult,
} from './key-cache.ts';
export { type KeyStatus, type ListedKey, loadKeyStatus, loadListedKeys } from './key-store.ts';
export { keySyncJob } from './key-sync-job.ts';
export { type KeyCacheTables, keyCacheMigrations } from './migrations.ts';
