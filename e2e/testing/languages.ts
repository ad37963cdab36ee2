import type { Page } from './looking.ts';

/** What is called the same in every language: forms of files, elements of the scheme, what the tests themselves name. */
const NAMES =
  /\b(CSV|XLSX|RecordId|Ukey|IP|YYYY-MM-DD|COM3|anna|susi|uwe|nora|eve|localhost|daily-report|door-\d|key-\d|terminal-\d|platform-\d|gate-\d)\b|[!-~]{40,}/g;
/** English where Chinese is read: words with nothing Chinese about them, or a few in a row. Names of commands are no more than two. */
const ENGLISH = /^[^\p{Script=Han}]*[A-Za-z]{2}[^\p{Script=Han}]*$|[A-Za-z]{2,}( [A-Za-z]{2,}){2,}/u;

/** Visible texts, and what is said of elements without text. Code and what others said (`q`) are as they are. */
const TEXTS = `(() => {
  const isTold = (element) => element.checkVisibility() && !element.closest('code, q, script, style, [aria-hidden=true], :not(html)[lang]');
  const texts = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (isTold(node.parentElement)) texts.push(node.data.trim());
  }
  for (const name of ['placeholder', 'title', 'aria-label']) {
    for (const element of document.querySelectorAll('[' + name + ']')) if (isTold(element)) texts.push(element.getAttribute(name));
  }
  return [...new Set(texts)];
})()`;

/** The English that a page shows or says to people who read it in Chinese. */
export async function englishTexts(page: Page): Promise<string[]> {
  const texts = (await page.evaluate(TEXTS)) as string[];
  return texts.filter((text) => ENGLISH.test(text.replace(NAMES, '')));
}

/** What films and screens of the tests are called, and the scheme's own values. */
const CHINESE_NAMES = /7号厅|示例影片|(网络|现场)售票/g;

/** The Chinese that a page shows or says to people who read it in English. */
export async function chineseTexts(page: Page): Promise<string[]> {
  const texts = (await page.evaluate(TEXTS)) as string[];
  return texts.filter((text) => /\p{Script=Han}/u.test(text.replace(CHINESE_NAMES, '')));
}
