export { type Browser, type BrowserPage, createBrowser, OWN } from './browser.ts';
export { walkConsole, watchRoutes } from './walk-console.ts';
