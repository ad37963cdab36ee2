import { transformWithOxc } from 'vite';
import { expect, it } from 'vitest';
import { renderETicket } from './render-page.ts';

const page = renderETicket({
  state: 'sold',
  over: false,
  fields: {
    cinema: '示例影城',
    film: '示例影片',
    screen: '7号厅',
    seat: '8 排 9 座',
    date: '2026-11-26',
    time: '19:30',
    price: '¥ 45.00',
    service: '¥ 3.00',
    soldAt: '2026-11-25 12:00:00',
    ticket: '4000000001000000',
  },
  code: '<svg></svg>',
  verifiedAt: '2026-11-26 19:00:00',
  now: Date.parse('2026-11-26T19:00:00+08:00'),
  knownAt: null,
});

/** The content of the element of this name, which the page has once. */
function contentOf(tag: string): string {
  const [content, ...others] = [...page.matchAll(new RegExp(`<${tag}>(.*?)</${tag}>`, 'gs'))].map(([, text]) => text);
  if (content === undefined || others.length > 0) throw new Error(`the page has not one <${tag}>`);
  return content;
}

/**
 * Properties, functions, rules and pseudo-elements of CSS that Chrome 58, Firefox 52 and Safari 10.1 have, the first browsers with
 * all of ES2017: what is not here is looked up before it is used.
 */
const KNOWN = new Set(
  `
  animation attr( background background-image ::before border border-color border-top bottom box-sizing color content
  display flex-wrap font font-size font-variant-numeric font-weight height justify-content @keyframes left line-height
  margin margin-right max-width @media -moz-user-select overflow overflow-wrap overflow-x padding padding-top
  pointer-events position rgba( right rotate( text-align top transform translate( translateX( url( user-select visibility
  -webkit-text-size-adjust -webkit-touch-callout -webkit-user-select white-space width word-spacing
`
    .trim()
    .split(/\s+/),
);

it('speaks the language of old phones: nothing of its script is translated for ES2017', async () => {
  const translated = (target: string) => transformWithOxc(contentOf('script'), 'page.js', { target });
  expect((await translated('es2017')).code).toBe((await translated('esnext')).code);
});

it('is styled with what old phones know', () => {
  const style = contentOf('style').replace(/"[^"]*"|\/\*.*?\*\//gs, '');
  const used = style.matchAll(/^ +(?<property>[a-z-]+):|(?<other>[a-zA-Z-]+\(|@[a-z-]+|::?[a-z-]+(?= \{| ~|,)|&)/gm);
  const names = [...used].map(({ groups }) => groups?.property ?? groups?.other ?? '');
  // Of each kind one, so that none is missed as soon as the style is laid out in another way.
  expect(names).toEqual(expect.arrayContaining(['display', 'rotate(', '@media', '::before']));
  expect(names.filter((name) => !KNOWN.has(name))).toEqual([]);
});
