export { chineseFonts } from './chinese-fonts.ts';
export { launchBrowser } from './launch-browser.ts';
