import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { ConfigProvider } from 'antd';
import { act, type ComponentType } from 'react';
import { createRoot } from 'react-dom/client';
import { expect, onTestFinished, vi } from 'vitest';
import { Route } from 'wouter';
import { type Begun, BegunContext, type RecordsHere } from '../begin/begun.ts';

/** What the service answers at a path: JSON, or what it makes of what is sent. */
type Answers = Readonly<Record<string, unknown>>;

const BEGUN: Begun & RecordsHere = {
  ...{ Site: 'A platform', Environment: null, Logo: null, Language: 'zh', Csrf: 'token' },
  ...{ Operator: { Username: 'anna', RoleName: '管理员' }, HasFirstDuty: false, Permissions: [] },
  ...{ Menu: [], Lists: {}, Changes: {} },
  ...{ checkedBy: 'terminal', areSentOn: true },
};

/** The event streams that the screen has opened, the newest last. */
class FakeStream extends EventTarget {
  static readonly CLOSED = 2;
  static opened: FakeStream[] = [];
  readonly url: string;
  readyState = 1;

  constructor(url: string) {
    super();
    this.url = url;
    FakeStream.opened.push(this);
  }

  close(): void {
    this.readyState = FakeStream.CLOSED;
  }

  say(event: string, data: unknown = null): Promise<void> {
    const message = new MessageEvent(event, { data: JSON.stringify(data) });
    return act(async () => void this.dispatchEvent(message));
  }

  breakOff({ forGood }: { forGood: boolean }): Promise<void> {
    if (forGood) this.close();
    return act(async () => void this.dispatchEvent(new Event('error')));
  }
}

/**
 * Shows a screen in happy-dom, with a service that answers what the test says and nothing else.
 *
 * @param answers by path and query; a function gets what was sent; a `Response` is answered as it is
 */
export async function showScreen(
  Screen: ComponentType,
  {
    address = '/',
    path,
    answers = {},
    begun = {},
  }: {
    address?: string;
    /** The path that the screen is declared at, if that has parameters. */
    path?: string;
    answers?: Answers;
    begun?: Partial<Begun>;
  } = {},
) {
  vi.stubGlobal('IS_REACT_ACT_ENVIRONMENT', true);
  vi.stubGlobal('EventSource', FakeStream);
  const asked: string[] = [];
  const sent: { path: string; body: unknown }[] = [];
  const known: Record<string, unknown> = { '/console.json': { ...BEGUN, ...begun }, '/names.json': {}, ...answers };
  vi.stubGlobal('fetch', async (to: string, { method = 'GET', body }: RequestInit = {}) => {
    const content = body === undefined ? undefined : JSON.parse(String(body));
    if (method === 'POST') sent.push({ path: to, body: content });
    else if (!to.startsWith('/names.json')) asked.push(to);
    // Names are asked for by their codes.
    const answer = known[to.startsWith('/names.json') ? '/names.json' : to];
    const given = typeof answer === 'function' ? await answer(content) : answer;
    if (given instanceof Response) return given.clone();
    return given === undefined ? Response.json({ error: 'not-found' }, { status: 404 }) : Response.json(given);
  });
  FakeStream.opened = [];
  window.history.replaceState(null, '', address);
  const place = document.body.appendChild(document.createElement('div'));
  const root = createRoot(place);
  const client = new QueryClient({ defaultOptions: { queries: { retryDelay: 1 } } });
  onTestFinished(async () => {
    await act(async () => root.unmount());
    client.clear();
    document.body.replaceChildren();
    vi.unstubAllGlobals();
  });
  await act(async () =>
    root.render(
      <QueryClientProvider client={client}>
        <ConfigProvider button={{ autoInsertSpace: false }} theme={{ token: { motion: false } }}>
          <BegunContext value={{ ...BEGUN, ...begun }}>
            {path === undefined ? <Screen /> : <Route path={path} component={Screen} />}
          </BegunContext>
        </ConfigProvider>
      </QueryClientProvider>,
    ),
  );

  const all = (selector: string) => [...document.querySelectorAll<HTMLElement>(selector)];
  const screen = {
    asked,
    sent,
    answer: (more: Answers) => void Object.assign(known, more),
    streams: () => FakeStream.opened,
    all,
    text: () => document.body.textContent ?? '',
    shows: (text: string | RegExp) => eventually(() => expect(screen.text()).toMatch(text)),
    /** The rows of the tables that are shown, as the text of each. */
    rows: () => all('tbody tr').map(({ textContent }) => textContent ?? ''),
    named: (name: string) => {
      const [found] = all('button, a').filter((one) => (one.getAttribute('aria-label') ?? one.textContent) === name);
      if (found === undefined) throw new Error(`${name} is not there: ${screen.text()}`);
      return found;
    },
    click: (name: string) => act(async () => screen.named(name).click()),
    /** Presses the button of the dialog that does what it asks about. */
    submit: () => act(async () => all('[role=dialog] button').at(-1)?.click()),
    choose: (value: string) => act(async () => all(`[type=radio][value=${value}]`)[0]?.click()),
    /** Fills in the field of a label. */
    fill: (label: string, value: string) =>
      act(async () => {
        const [of] = all('label').filter(({ textContent }) => textContent === label);
        const [field = null] = all(`[id="${of?.getAttribute('for')}"], [aria-label="${label}"]`) as HTMLInputElement[];
        if (field === null) throw new Error(`no field ${label}`);
        const prototype = field instanceof HTMLTextAreaElement ? HTMLTextAreaElement : HTMLInputElement;
        Object.getOwnPropertyDescriptor(prototype.prototype, 'value')?.set?.call(field, value);
        field.dispatchEvent(new Event('input', { bubbles: true }));
      }),
  };
  return screen;
}

/** Waits until something holds. */
export async function eventually(holds: () => void): Promise<void> {
  const giveUpAt = performance.now() + 5_000;
  for (;;) {
    try {
      return holds();
    } catch (error) {
      if (performance.now() > giveUpAt) throw error;
      await act(async () => new Promise((resolve) => setTimeout(resolve, 5)));
    }
  }
}
