export { followChanges } from './following/follow-changes.ts';
export { serveChanges } from './serve-changes.ts';
