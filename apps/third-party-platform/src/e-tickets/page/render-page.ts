import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { escapeInMarkup } from '@ticket-check/runtime';
import type { ETicketState } from '../e-ticket-store.ts';
import type { Shown } from './shown.ts';

type Words = readonly [zh: string, en: string];

/** In the order in which the page says them. */
const LABELS: Readonly<Record<keyof Shown['fields'], Words>> = {
  cinema: ['影院', 'Cinema'],
  film: ['影片', 'Film'],
  screen: ['影厅', 'Screen'],
  seat: ['座位', 'Row and seat'],
  date: ['放映日期', 'Date'],
  time: ['放映时间', 'Time'],
  price: ['票价', 'Price'],
  service: ['服务费', 'Service fee'],
  soldAt: ['售出时间', 'Sold at'],
  ticket: ['电影票票号', 'Ticket number'],
};

const STATES: Readonly<Record<ETicketState, Words>> = {
  sold: ['已售出', 'Sold'],
  'picked-up': ['已取纸质票', 'Picked up on paper'],
  refunded: ['已退票', 'Refunded'],
  entered: ['已入场', 'Entered'],
};

const read = (file: string): string => readFileSync(join(import.meta.dirname, file), 'utf8');
const STYLE = read('page.css');
const SCRIPT = read('page.js');
const sourceOf = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/** Everything of a page comes with it, in one answer on a bad line, and nothing else runs there. */
export const PAGE_POLICY = [
  "default-src 'none'",
  `script-src ${sourceOf(SCRIPT)}`,
  `style-src ${sourceOf(STYLE)}`,
  "connect-src 'self'",
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const both = ([zh, en]: Words): string =>
  `<span>${escapeInMarkup(zh)}</span> <span lang="en">${escapeInMarkup(en)}</span>`;
const said = (id: string, tag: string, kind: string, words: Words = ['', '']): string =>
  `<${tag} id="${id}" class="${kind}"${words[0] === '' ? ' hidden' : ''}>${both(words)}</${tag}>`;

function documentOf(title: string, body: string, head = ''): string {
  return `<!doctype html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<link rel="icon" href="data:,">
<title>${escapeInMarkup(title)}</title>
${head}<style>${STYLE}</style>
</head>
<body>
${body}
</body>
</html>
`;
}

/** Without scripts the whole page is reloaded, not only its code. */
const RELOADED = '<noscript><meta http-equiv="refresh" content="30"></noscript>';

/** The page of an e-ticket. Scheme 5.1.4; readings C5, C6. */
export function renderETicket(shown: Shown): string {
  const { state, fields, code, verifiedAt } = shown;
  const value = (name: keyof typeof fields) => escapeInMarkup(fields[name] === '' ? '…' : fields[name]);
  const names = Object.keys(LABELS) as (keyof typeof fields)[];
  const rows = names
    .filter((name) => name !== 'film')
    .map((name) => `<div><dt>${both(LABELS[name])}</dt><dd id="${name}">${value(name)}</dd></div>`)
    .join('\n');
  return documentOf(
    '电子影票',
    `<main id="e-ticket" class="${state}" data-shown="${escapeInMarkup(JSON.stringify(shown))}">
${said('state', 'p', 'state', STATES[state]).replace('<p ', '<p role="status" ')}
<h1 id="film">${value('film')}</h1>
${said('note', 'p', 'note')}
${said('contact', 'p', 'contact')}
<section id="code-part" class="code" aria-label="二维码 QR code"${code === null ? ' hidden' : ''}>
<div id="code">${code ?? ''}</div>
<p class="alive" aria-hidden="true"><span id="clock"></span></p>
<p><span>校验时间</span> <span lang="en">Verified at</span> <span id="verified" class="verified">${escapeInMarkup(verifiedAt)}</span></p>
${said('countdown', 'p', 'countdown')}
</section>
${said('known', 'p', 'known')}
<dl>
${rows}
</dl>
<footer><p>请在检票口出示本页面，不要截图：二维码每 30 秒更新，5 分钟后失效。</p>
<p lang="en">Show this page at the door, not a screenshot: its code is renewed every 30 seconds and expires after 5 minutes.</p></footer>
</main>
<div id="watermark" class="watermark" aria-hidden="true"></div>
<script>${SCRIPT}</script>`,
    RELOADED,
  );
}

export function renderMessage(title: Words, text: Words): string {
  return documentOf(
    title[0],
    `<main class="message"><h1>${both(title)}</h1>
<p>${escapeInMarkup(text[0])}</p>
<p lang="en">${escapeInMarkup(text[1])}</p></main>`,
  );
}
