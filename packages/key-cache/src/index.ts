export { createKeyCache, createRefreshBudget, type KeyCache, keySyncJob, type RefreshResult } from './key-cache.ts';
export {
  type KeyCacheTables,
  type KeyStatus,
  keyCacheMigrations,
  keyCommands,
  type ListedKey,
  loadKeyStatus,
  loadListedKeys,
} from './key-store.ts';
