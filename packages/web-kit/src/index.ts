export { ActionRefused, action } from './action.ts';
export { cinemaIn, pathWith, readPart } from './asked.ts';
export { askedReason, LONGEST_REASON, REASON_WORDS } from './asked-reason.ts';
export { DataRefused } from './data-refused.ts';
export type { InEachLanguage, Language } from './language.ts';
export type { Answer, JsonRequest, Page, PageRequest, PageSet, SentFile, SetRequest } from './page.ts';
export { PageError } from './page-error.ts';
export { servePages } from './serve-pages.ts';
export { settingsPages } from './settings/settings-pages.ts';
