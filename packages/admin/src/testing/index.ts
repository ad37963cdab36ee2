export { type Browser, type BrowserPage, CONTRAST_OF_ALL_TEXT, createBrowser, OWN } from './browser.ts';
export { walkConsole, watchRoutes } from './walk-console.ts';
