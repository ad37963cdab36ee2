export { ActionRefused, action } from './action.ts';
export type { InEachLanguage, Language } from './language.ts';
export type { JsonRequest, Page, PageRequest, PageSet } from './page.ts';
export { PageError } from './page-error.ts';
export { servePages } from './serve-pages.ts';
export { settingsPages } from './settings/settings-pages.ts';
