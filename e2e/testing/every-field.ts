import { unescapeHtml } from '@ticket-check/admin/testing/browser';
import type { Page } from './looking.ts';

/** What somebody types who tries whether a field reaches the page or the database as code. */
export const CODE = `"'><script>alert(1)</script><img src=x onerror=alert(1)>'; drop table operator; --`;

type Field = { readonly name: string; readonly type: string; readonly value: string };
type Form = { readonly method: string; readonly action: string; readonly fields: readonly Field[] };

/**
 * Goes through the pages of forms that links lead to, and sends each form with code in each of its fields, the password among
 * them, so that nothing changes that asks for it.
 *
 * @param from where the way begins
 * @returns what was not as it has to be, a line each, and the fields, each as `/claims/release reason`
 */
export async function fillEveryField(
  { request }: Page,
  origin: string,
  from: readonly string[],
): Promise<{ faults: string[]; fields: Set<string> }> {
  const [faults, fields] = [[] as string[], new Set<string>()];
  const seen = new Set<string>();
  const ahead = [...from];
  for (let path = ahead.shift(); path !== undefined; path = ahead.shift()) {
    const key = path.replace(/=[^&]*/g, '');
    if (seen.has(key) || /^\/(logout|language|kiosk|built|assets)\b/.test(path)) continue;
    seen.add(key);
    const html = await (await request.get(origin + path)).text();
    if (!html.includes('<main id="content"')) continue;
    ahead.push(...[...html.matchAll(/href="(\/[^"#]*)"/g)].map(([, to = '']) => unescapeHtml(to)));
    for (const form of formsOf(html)) await send(form);
  }
  return { faults, fields };

  async function send({ method, action, fields: all }: Form): Promise<void> {
    const typed = all.filter(({ type }) => type !== 'hidden' && type !== 'radio' && type !== 'checkbox');
    const where = action.split('?')[0] ?? '';
    if (typed.length === 0 || typed.every(({ name }) => fields.has(`${where} ${name}`))) return;
    const form = Object.fromEntries(all.map(({ name, type, value }) => [name, type === 'hidden' ? value : CODE]));
    for (const { name, type, value } of all) if (type === 'radio' || type === 'checkbox') form[name] = value;
    for (const { name } of typed) fields.add(`${where} ${name}`);
    const answer =
      method === 'get'
        ? await request.get(`${origin}${action}?${new URLSearchParams(form)}`)
        : await request.post(origin + action, { form });
    const text = await answer.text();
    const what = `${method} ${action} (${typed.map(({ name }) => name).join(', ')})`;
    if (answer.status() >= 500) faults.push(`${what}: ${answer.status()}`);
    if (/<script>|<img src=x/.test(text)) faults.push(`${what}: code reached the page`);
  }
}

function formsOf(html: string): Form[] {
  return [...html.matchAll(/<form\b([^>]*)>(.*?)<\/form>/gs)].map(([, head = '', body = '']) => ({
    method: attribute(head, 'method'),
    action: attribute(head, 'action'),
    fields: [...body.matchAll(/<(input|textarea|select)\b([^>]*)>/g)].map(([, , of = '']) => ({
      name: attribute(of, 'name'),
      type: attribute(of, 'type'),
      value: attribute(of, 'value'),
    })),
  }));
}

function attribute(tag: string, name: string): string {
  return unescapeHtml(new RegExp(`\\b${name}="([^"]*)"`).exec(tag)?.[1] ?? '');
}
