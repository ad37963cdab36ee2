export { type Browser, type BrowserPage, createBrowser, OWN } from './browser.ts';
export { CONTRAST_OF_ALL_TEXT } from './contrast.ts';
export { walkConsole, watchRoutes } from './walk-console.ts';
