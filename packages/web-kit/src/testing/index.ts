export { type Browser, type BrowserPage, createBrowser, OWN } from './browser.ts';
