// @vitest-environment happy-dom
import type { ShownField } from '@ticket-check/admin/changes';
import { expect, test } from 'vitest';
import { showScreen } from '../testing/show-screen.tsx';
import OperatorsScreen from './operators-screen.tsx';

const change = { HasPreview: false, NeedsReason: false, NeedsPassword: true, Destroys: true, Fields: [] };
const field = { Hint: null, IsNeeded: true, Longest: null, Pattern: null, Choices: [], AllIf: null };
const FIELDS: readonly ShownField[] = [
  { ...field, Name: 'Username', Label: '用户名', As: 'text' },
  {
    ...{ ...field, Name: 'Role', Label: '角色', As: 'choice' },
    Choices: ['administrator', 'usher'].map((Value) => ({ Value, Label: Value, Hint: null })),
  },
  { ...field, Name: 'CinemaCodes', Label: '影院', As: 'cinemas', AllIf: ['Role', 'administrator'] },
];
const begun = {
  Changes: {
    '/operator/add': { ...change, Title: '添加操作员', Fields: FIELDS },
    '/operator/disable': { ...change, Title: '停用操作员', HasPreview: true },
  },
};

test('an operator is added for the cinemas that were named, and for none by leaving them out; the password is shown until it is closed', async () => {
  const issued = { Username: 'uwe', OneTimePassword: 'k7m3q', ValidUntil: '2026-12-03T12:00:00' };
  const answers = { '/operators.json': { Operators: [], Next: null }, '/operator/add': issued };
  const screen = await showScreen(OperatorsScreen, { address: '/operators', answers, begun });
  const open = async (role: string) => {
    await screen.click('添加操作员');
    await screen.fill('用户名', 'uwe');
    await screen.fill('您的登录密码', 'a password');
    await screen.choose(role);
  };
  await open('usher');
  await screen.choose('some');
  expect(screen.text()).not.toContain('请选择全部影院');
  await screen.submit();
  await screen.shows('请选择全部影院');
  expect(screen.sent).toEqual([]);
  await screen.fill('影院名称或编码', '31012801，31012802');
  await screen.submit();
  await screen.shows('k7m3q');
  const body = { Username: 'uwe', Role: 'usher', CinemaCodes: ['31012801', '31012802'], password: 'a password' };
  expect(screen.sent).toEqual([{ path: '/operator/add', body }]);
  await screen.click('我已保存，关闭');
  expect(screen.text()).not.toContain('k7m3q');
  // A role that sees every cinema is added without asking for them.
  await open('administrator');
  await screen.submit();
  await screen.shows('k7m3q');
  expect(screen.sent[1]?.body).toEqual({ ...body, Role: 'administrator', CinemaCodes: ['*'] });
});

test('a change whose service says what it would do shows that', async () => {
  const operator = { Role: 'usher', CinemaCodes: ['*'], OneTimeUntil: null, CreatedAt: '', SecondFactor: false };
  const answers = {
    '/operators.json': { Operators: [{ Username: 'uwe', DisabledAt: null, ...operator }], Next: null },
    '/operators/sessions.json?username=uwe': { Sessions: [], Next: null },
    '/operator/disable/preview': { Preview: 'uwe 不能再登录。' },
  };
  const screen = await showScreen(OperatorsScreen, { address: '/operators/one?username=uwe', answers, begun });
  await screen.shows('停用操作员');
  await screen.click('停用操作员');
  await screen.shows('uwe 不能再登录。');
  expect(screen.sent).toEqual([{ path: '/operator/disable/preview', body: { Username: 'uwe' } }]);
});
