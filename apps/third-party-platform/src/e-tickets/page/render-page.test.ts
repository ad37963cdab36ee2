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

it('speaks the language of old phones: nothing of its script is translated for ES2017', async () => {
  const translated = (target: string) => transformWithOxc(contentOf('script'), 'page.js', { target });
  expect((await translated('es2017')).code).toBe((await translated('esnext')).code);
});
