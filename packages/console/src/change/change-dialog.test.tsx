// @vitest-environment happy-dom
import { useState } from 'react';
import { expect, test } from 'vitest';
import { useMay } from '../begin/begun.ts';
import { eventually, showScreen } from '../testing/show-screen.tsx';
import { ChangeDialog } from './change-dialog.tsx';

/** A screen with one change, for who may make it. */
function Door() {
  const [state, setState] = useState<'closed' | 'asked' | 'done'>('closed');
  if (!useMay('door.paint')) return <p>nothing to change</p>;
  return (
    <>
      <p>{state}</p>
      <button type="button" onClick={() => setState('asked')}>
        Paint…
      </button>
      {state === 'asked' ? (
        <ChangeDialog
          title="Paint the door"
          submit="Paint"
          path="/door/paint"
          body={{ colour: 'red' }}
          needsReason
          needsPassword
          destroys
          problems={{ wet: { title: 'Still wet', text: (about) => `until ${about}` } }}
          done={() => setState('done')}
          close={() => setState((now) => (now === 'done' ? now : 'closed'))}
        >
          One door is painted.
        </ChangeDialog>
      ) : null}
    </>
  );
}

const MAY = { begun: { Permissions: ['door.paint'] } };

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
  const screen = await showScreen(Door, { begun: { Permissions: ['claims.release'] } });
  expect(screen.text()).toBe('nothing to change');
});

test('a change is sent once reason and password are filled in, with the token of the page, and closes its dialog', async () => {
  const screen = await open({ '/door/paint': {} });
  expect(screen.named('Paint').className).toContain('dangerous');
  await screen.click('Paint');
  await eventually(() => expect(screen.text().match(/请填写/g)).toHaveLength(2));
  expect(screen.sent).toEqual([]);
  await screen.fill();
  await screen.click('Paint');
  await screen.shows('done');
  const body = { colour: 'red', reason: 'it was grey', password: 'a password' };
  expect(screen.sent).toEqual([{ path: '/door/paint', body }]);
});

test.each([
  [403, { error: 'wrong-password' }, '密码'],
  [409, { error: 'wet', about: 'noon' }, 'Still wetuntil noon'],
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
  screen.answer({ '/door/paint': {} });
  await screen.click('Paint');
  await screen.shows('done');
});

test('a dialog that is cancelled sends nothing', async () => {
  const screen = await open();
  await screen.click('取消');
  await screen.shows('closed');
  expect(screen.sent).toEqual([]);
});
