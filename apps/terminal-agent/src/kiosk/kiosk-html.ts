import type { FORBIDDEN } from '@ticket-check/admin';
import { REASON_NAMES } from '@ticket-check/protocol/element-names';
import { escapeInMarkup } from '@ticket-check/runtime';
import { CLEAR, type KioskPage } from './screen/told.ts';
import type { View } from './screen/view.ts';

const document = (parts: { title: string; head: string; body: string }) => `<!doctype html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">
<meta name="color-scheme" content="light dark">
<title>${escapeInMarkup(parts.title)}</title>
<link rel="icon" href="data:,">
${parts.head}
</head>
${parts.body}
</html>
`;

const filesAt = (build: string) => `/kiosk/files/${build}`;

const styles = (build: string) => `<link rel="stylesheet" href="${filesAt(build)}/font/index.css">
<link rel="stylesheet" href="${filesAt(build)}/kiosk/kiosk.css">`;

/** Shapes by look, so that nobody has to rely on colours. */
const SIGNS = {
  yes: '<circle cx="50" cy="50" r="46"/><path class="mark" d="M26 52l17 17 32-36"/>',
  no: '<path d="M31 4h38l27 27v38L69 96H31L4 69V31z"/><path class="mark" d="M33 33l34 34M67 33L33 67"/>',
  staff: '<path d="M50 6L97 92H3z"/><path class="mark" d="M50 38v26M50 77v1"/>',
  again:
    '<rect x="5" y="5" width="90" height="90" rx="14"/><path class="mark" d="M56 29A25 25 0 1 0 75 54"/><path class="mark" d="M54 16l20 13-20 13z"/>',
  rest: '<path fill="none" stroke="currentColor" stroke-width="5" d="M6 30V6h24M70 6h24v24M94 70v24H70M30 94H6V70"/><path d="M22 22h22v22H22zM56 22h22v22H56zM22 56h22v22H22zM56 56h9v9h-9zM69 69h9v9h-9zM69 56h9v6h-9zM56 70h6v8h-6z"/>',
  busy: '<circle cx="20" cy="50" r="11"/><circle cx="50" cy="50" r="11"/><circle cx="80" cy="50" r="11"/>',
  stopped: '<rect x="5" y="5" width="90" height="90"/><path class="mark" d="M38 30v40M62 30v40"/>',
} satisfies Record<View['look'], string>;

const signs = Object.entries(SIGNS).map(
  ([look, shape]) => `<svg class="sign sign-${look}" viewBox="0 0 100 100" aria-hidden="true" hidden>${shape}</svg>`,
);

const PIN_KEYS = [...'1234567890', CLEAR];

const REASONS = Object.entries(REASON_NAMES)
  .map(
    ([code, [zh, en]]) =>
      `<button type="button" tabindex="-1" data-touched data-reason="${code}">${zh} <span lang="en">${en}</span></button>`,
  )
  .join('\n');

const LINKS: readonly { path: string; zh: string; en: string; needsSensor?: boolean }[] = [
  { path: '/gates', zh: '解除闸机停用', en: 'Clear the gate' },
  { path: '/refusals', zh: '人工放行', en: 'Let a refused guest in' },
  { path: '/entries', zh: '撤销入场', en: 'Undo an entry' },
  { path: '/gates#missed', zh: '放行后未通过的观众', en: 'Guests who did not go through', needsSensor: true },
  { path: '/lookup', zh: '查票', en: 'Look up a ticket' },
  { path: '/state', zh: '终端状态', en: 'This terminal' },
];

/** @param staff where they find the console, null before its port is known, and whether the gate has a sensor */
export function kioskHtml(
  page: KioskPage,
  { consoleUrl, hasSensor }: { consoleUrl: string | null; hasSensor: boolean },
): string {
  const links = LINKS.filter(({ needsSensor = false }) => hasSensor || !needsSensor).map(
    ({ path, zh, en }) =>
      `<li><a href="${escapeInMarkup(`${consoleUrl}${path}`)}" tabindex="-1">${zh} <span lang="en">${en}</span></a></li>`,
  );
  const { gate, gates, build, staff } = page;
  const data = JSON.stringify(page).replaceAll('<', '\\u003c');
  const others =
    gates.length < 2 ? '' : '<a href="/kiosk?choose" tabindex="-1">切换检票口 <span lang="en">Other gate</span></a>';
  return document({
    title: `检票 ${gate}`,
    head: `${styles(build)}
<link rel="manifest" href="${filesAt(build)}/kiosk/manifest.json" crossorigin="use-credentials">
<script type="application/json" id="page">${data}</script>
<script type="module" src="${filesAt(build)}/kiosk/main.ts"></script>`,
    body: `<body data-look="busy" data-state="starting">
<header>
  <p>检票口 <span lang="en">Gate</span> ${escapeInMarkup(gate)}${staff === null ? '' : ` · ${escapeInMarkup(staff)}`}</p>
  <p><time id="clock"></time> <span id="clock-doubt" hidden>时钟不可信 <span lang="en">clock not trusted</span></span></p>
</header>
<aside id="camera" aria-label="摄像头 Camera" hidden><video id="picture" muted playsinline></video><p id="camera-says"></p>
<button id="torch" type="button" tabindex="-1" aria-pressed="false" data-touched hidden>手电筒 <span lang="en">Light</span></button></aside>
<main class="guest" aria-live="assertive" aria-atomic="true">
  ${signs.join('')}
  <div class="said">
    <h1><span id="word-zh">正在打开</span><span id="word-en" lang="en">Opening</span></h1>
    <p class="reason" id="reason"><span id="reason-zh"></span><span id="reason-en" lang="en"></span></p>
    <dl id="facts"></dl>
    <p><button id="step-out" type="button" tabindex="-1" data-touched hidden>离场凭证 <span lang="en">Pass-out</span></button></p>
  </div>
</main>
<section id="enrolment" hidden aria-label="接入平台 Enrolment">
  <form id="enrol-form">
    <label for="enrol-text">或输入二维码旁的文本 <span lang="en">Or type the text beside the code</span></label>
    <input id="enrol-text" autocomplete="off" autocapitalize="none" spellcheck="false" maxlength="500">
    <button>下一步 <span lang="en">Next</span></button>
  </form>
  <div id="enrol-offer" hidden>
    <dl><div><dt>平台 <span lang="en">Platform</span></dt><dd id="enrol-host"></dd></div><div><dt>账号 <span lang="en">Account</span></dt><dd id="enrol-account"></dd></div></dl>
    <p role="status"><span id="enrol-says"></span> <span id="enrol-fault" lang="en"></span></p>
    <p class="choices"><button id="enrol-confirm" type="button" tabindex="-1" data-touched>确认接入 <span lang="en">Connect</span></button>
    <button id="enrol-cancel" type="button" tabindex="-1" data-touched>取消 <span lang="en">Cancel</span></button></p>
  </div>
</section>
<section id="badge" hidden aria-label="人工放行 Let a guest in">
  <p><span id="badge-who"></span> PIN <output id="badge-pin" aria-label="PIN"></output></p>
  <div id="badge-keys">${PIN_KEYS.map((key) => `<button type="button" tabindex="-1" data-touched>${key}</button>`).join('')}</div>
  <p id="badge-says" role="status"></p>
  <p class="choices">${REASONS}</p>
</section>
<dialog id="pass-out" aria-label="离场凭证 Pass-out">
  <p id="pass-says" role="status"></p>
  <svg role="img" aria-label="离场凭证二维码 QR code of the pass-out"><path/></svg>
  <form method="dialog"><button id="pass-give" type="button" tabindex="-1" data-touched>观众正在离场 <span lang="en">The guest is leaving</span></button>
  <button tabindex="-1" data-touched>关闭 <span lang="en">Close</span></button></form>
</dialog>
<section id="group" hidden aria-label="连续扫描 Scanned one after another">
  <p><span id="group-zh"></span> <span id="group-en" lang="en"></span></p>
  <ol id="answers"></ol>
</section>
<footer>
  <ul id="facts-of-terminal"></ul>
  <nav>
    <button id="sound" type="button" hidden>声音未开启，请点一下 <span lang="en">Touch for sound</span></button>
    <button id="camera-switch" type="button" aria-pressed="false">摄像头扫码 <span lang="en">Camera</span></button>
    ${others}
    <details id="staff"${consoleUrl === null ? ' hidden' : ''}><summary tabindex="-1">工作人员 <span lang="en">Staff</span></summary><ul id="staff-links"><li><button id="look" type="button" tabindex="-1" data-touched>仅查看，不检票 <span lang="en">Look at a ticket only</span></button></li>${links.join('')}</ul></details>
  </nav>
</footer>
<noscript><p>检票页面需要启用 JavaScript。<span lang="en">This page needs JavaScript.</span></p></noscript>
</body>`,
  });
}

export function chooserHtml({ gates, build }: Pick<KioskPage, 'gates' | 'build'>, unknown: string | null): string {
  const links = gates.map(
    (gate) => `<li><a href="/kiosk?gate=${encodeURIComponent(gate)}">${escapeInMarkup(gate)}</a></li>`,
  );
  const told =
    unknown === null
      ? ''
      : `<p>没有检票口 ${escapeInMarkup(unknown)}。<span lang="en">There is no gate ${escapeInMarkup(unknown)}.</span></p>`;
  return document({
    title: '选择检票口',
    head: styles(build),
    body: `<body><main class="chooser">
<h1><span>这块屏幕在哪个检票口？</span><span lang="en">Which gate is this screen at?</span></h1>
${told}<ul>${links.join('')}</ul>
</main></body>`,
  });
}

type RefusedWords = typeof FORBIDDEN;

/** What is said on another machine that is not allowed. */
export const elsewhere = (address: string): RefusedWords => ({
  zh: {
    title: '检票页面只能在检票终端上打开',
    text: `检票员可在手机上登录控制台，点“扫码检票”。如需在其他屏幕（${address}）上使用，请把它的地址写入 KIOSK_ADDRESSES，并用终端自己的地址或 PUBLIC_URL 中的名称打开，不经代理。`,
  },
  en: {
    title: 'The kiosk page opens on the terminal itself',
    text: `On a phone, ushers log in on the console and touch “Scan tickets”. To use the page on another screen (${address}), name its address in KIOSK_ADDRESSES, and open it by the terminal's own address or the name in PUBLIC_URL, not through a proxy.`,
  },
});

export function refusedHtml({ zh, en }: RefusedWords): string {
  return document({
    title: '检票页面',
    head: '',
    body: `<body><main>
<h1>${zh.title}</h1>
<p>${escapeInMarkup(zh.text)}</p>
<h1 lang="en">${en.title}</h1>
<p lang="en">${escapeInMarkup(en.text)}</p>
</main></body>`,
  });
}
