// @module-tag process
// @module-tag service
import { consolesBuilt } from '@ticket-check/console/build/testing';
import { openChromium } from '@ticket-check/third-party-platform/testing/chromium';
import { OWN } from '@ticket-check/third-party-platform/testing/console-browser';
import { beforeAll, onTestFinished, test } from 'vitest';
import { testSite } from './testing/test-site.ts';

// Not of the time that a test may take.
beforeAll(consolesBuilt);

const ROLE = 'third-party-platform';
const site = await testSite({ [ROLE]: { SECOND_FACTOR_ROLES: 'administrator' } });

test('a screen and a page of forms say that they are old once their service is frozen, and go on when it answers', {
  timeout: 120_000,
}, async () => {
  await site.start(ROLE);
  const added = JSON.parse(
    await site.command(ROLE, ['operator', 'add', 'li.wei', '--role', 'supervisor', '--all-cinemas']),
  );
  const context = await openChromium();
  const screen = await context.newPage();
  await screen.goto(`${site.consoleUrlOf(ROLE)}/today`);
  await screen.getByLabel('用户名').fill('li.wei');
  await screen.getByLabel('密码').fill(added.OneTimePassword);
  await screen.getByRole('button', { name: '登录' }).click();
  await screen.getByLabel('新密码', { exact: true }).fill(OWN);
  await screen.getByLabel('再次输入新密码').fill(OWN);
  await screen.clock.install();
  await screen.getByRole('button', { name: '保存新密码' }).click();
  const forms = await context.newPage();
  await forms.clock.install();
  await forms.goto(`${site.consoleUrlOf(ROLE)}/claims`);
  const pages = [screen, forms];
  for (const page of pages) await page.getByText('实时更新').waitFor();

  const pid = site.processOf(ROLE)!;
  onTestFinished(() => void process.kill(pid, 'SIGCONT'));
  process.kill(pid, 'SIGSTOP');
  for (const page of pages) {
    await page.clock.fastForward(36_000);
    await page.getByText('连接已中断').waitFor({ timeout: 2_000 });
  }
  process.kill(pid, 'SIGCONT');
  for (const page of pages) await page.getByText('实时更新').waitFor();
});
