// @vitest-environment happy-dom
import { expect, test } from 'vitest';
import { ScreenPage } from '../shell/screen-page.tsx';
import { eventually, showScreen } from '../testing/show-screen.tsx';
import { ChangeButton } from './change-dialog.tsx';

/** A screen with one change, for who may make it. */
function Door() {
  return (
    <ScreenPage title="Door">
      <ChangeButton<{ Litres: number }>
        label="Paint…"
        submit="Paint"
        path="/door/paint"
        body={{ colour: 'red' }}
        said={({ Litres }) => `painted with ${Litres} l`}
      >
        One door is painted.
      </ChangeButton>
    </ScreenPage>
  );
}

const change = { HasPreview: false, NeedsReason: false, NeedsPassword: false, Destroys: false, Fields: [] };
const PAINT = { ...change, Title: 'Paint the door', NeedsReason: true, NeedsPassword: true, Destroys: true };
const MAY = { begun: { Changes: { '/door/paint': PAINT } } };

async function open(answers: Readonly<Record<string, unknown>> = {}) {
  const screen = await showScreen(Door, { ...MAY, answers });
  await screen.click('Paint…');
  await screen.shows('One door is painted.');
  const fill = async () => {
    await screen.fill('原因', 'it was grey');
    await screen.fill('您的登录密码', 'a password');
  };
  return { ...screen, fill };
}

test('who may not make a change is not offered it', async () => {
  const screen = await showScreen(Door);
  expect(screen.text()).toBe('Door');
});

test('a change is sent once reason and password are filled in, with the token of the page, and closes its dialog', async () => {
  const screen = await open({ '/door/paint': { Litres: 2 } });
  expect(screen.named('Paint').className).toContain('dangerous');
  await screen.click('Paint');
  await eventually(() => expect(screen.text().match(/请填写/g)).toHaveLength(2));
  expect(screen.sent).toEqual([]);
  await screen.fill();
  await screen.click('Paint');
  await screen.shows('painted with 2 l');
  await eventually(() => expect(screen.all('[role=dialog]')).toEqual([]));
  const body = { colour: 'red', reason: 'it was grey', password: 'a password' };
  expect(screen.sent).toEqual([{ path: '/door/paint', body }]);
});

test.each([
  [403, { error: 'wrong-password' }, '密码'],
  [429, { error: 'too-soon' }, '9'],
  [500, null, ''],
])('a refusal (%i %o) is said in the dialog, which stays with what was typed', async (status, answer, words) => {
  const screen = await open({
    '/door/paint': () => Response.json(answer, { status, headers: { 'retry-after': '9' } }),
  });
  await screen.fill();
  await screen.click('Paint');
  await eventually(() => expect(screen.all('[role=alert]').at(-1)?.textContent).toContain(words));
  expect(screen.all('textarea').map((field) => (field as HTMLTextAreaElement).value)).toEqual(['it was grey']);
  screen.answer({ '/door/paint': { Litres: 1 } });
  await screen.click('Paint');
  await screen.shows('painted with 1 l');
});

test('a change is sent only with the preview of what was typed last', async () => {
  const field = { Hint: null, IsNeeded: true, Longest: null, Pattern: null, Choices: [], AllIf: null };
  const Fields = [{ ...field, Name: 'Name', Label: 'Name', As: 'text' as const }];
  const { promise, resolve } = Promise.withResolvers<void>();
  const screen = await showScreen(Door, {
    begun: { Changes: { '/door/paint': { ...change, Title: 'Paint the door', HasPreview: true, Fields } } },
    answers: {
      '/door/paint': { Litres: 1 },
      '/door/paint/preview': async ({ Name = 'no' }: { Name?: string }) => {
        if (Name === 'blue') await promise;
        return { Preview: `${Name} door` };
      },
    },
  });
  await screen.click('Paint…');
  await screen.shows('no door');
  await screen.fill('Name', 'blue');
  await screen.click('Paint');
  expect(screen.sent.filter(({ path }) => path === '/door/paint')).toEqual([]);
  resolve();
  await screen.shows('blue door');
  await screen.click('Paint');
  await screen.shows('painted with 1 l');
});

test('a dialog that is cancelled sends nothing', async () => {
  const screen = await open();
  await screen.click('取消');
  await eventually(() => expect(screen.all('[role=dialog]')).toEqual([]));
  expect(screen.sent).toEqual([]);
});
