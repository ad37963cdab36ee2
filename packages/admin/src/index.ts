export { changeAccount } from './accounts/change-account.ts';
export { accountCommands } from './accounts/commands.ts';
export { ActionRefused, action } from './action.ts';
export { cinemaIn, cinemasIn, pathWith, readPart, readPlace } from './asked.ts';
export { askedReason, LONGEST_REASON, REASON_WORDS } from './asked-reason.ts';
export { DataRefused } from './data-refused.ts';
export type { InEachLanguage, Language } from './language.ts';
export { leavingConsole } from './leave-console.ts';
export { liveList } from './live/live-list.ts';
export type {
  Answer,
  AskedList,
  JsonRequest,
  Page,
  PageRequest,
  PageSet,
  Permits,
  SentFile,
  SetRequest,
} from './page.ts';
export { PageError } from './page-error.ts';
export { servePages } from './serve-pages.ts';
export { settingsPages } from './settings/settings-pages.ts';
export { storeCommands } from './store-commands.ts';
export { upstreamCommands } from './upstreams/commands.ts';
export { enrolUpstream } from './upstreams/enrol-upstream.ts';
