import { generate } from 'otplib';
import { OWN_PASSWORD } from '../log-in.ts';
import { firstLink, type Visit } from './visit.ts';

const NO_CODE = '000000';

/** A new operator is added, logs in for the first time and sets up a second factor. The same at each console. */
export async function shootNewOperator(at: Visit, newVisit: () => Promise<Visit>): Promise<void> {
  const username = at.language === 'zh' ? 'zhang-wei' : 'wang-fang';
  await at.open('/operators/add');
  await at.send({ username, role: 'supervisor', which: 'all', current: 'not-the-password' });
  await at.shoot('operators-add-refused');
  await at.send({ role: 'supervisor', which: 'all', current: OWN_PASSWORD });
  await at.shoot('operators-issued');
  const oneTimePassword = (await at.page.locator('main .secret').textContent()) ?? '';

  const theirs = await newVisit();
  await theirs.open('/login');
  await theirs.send({ username, password: 'not-the-password' });
  await theirs.shoot('login-refused');
  await theirs.send({ username, password: oneTimePassword });
  await theirs.shoot('password-one-time');
  await theirs.send({ chosen: OWN_PASSWORD, repeated: 'something-else' });
  await theirs.shoot('password-refused');
  await theirs.send({ chosen: OWN_PASSWORD, repeated: OWN_PASSWORD });
  await theirs.open('/operators');
  await theirs.shoot('forbidden');
  await theirs.open('/nowhere');
  await theirs.shoot('not-found');

  const elsewhere = await newVisit();
  await elsewhere.open('/login');
  await elsewhere.send({ username, password: OWN_PASSWORD });
  await theirs.open('/account');
  await theirs.shoot('account-two-sessions');
  await theirs.open('/account/end-other-sessions');
  await theirs.shoot('account-end-other-sessions');

  await theirs.open('/account/second-factor');
  const secret = await theirs.page.locator('main [name=secret]').inputValue();
  await theirs.send({ code: NO_CODE, current: OWN_PASSWORD });
  await theirs.shoot('account-second-factor-refused');
  await theirs.send({ code: await generate({ secret }), current: OWN_PASSWORD });
  await theirs.shoot('recovery-codes');
  const recoveryCode = (await theirs.page.locator('main .codes code').first().textContent()) ?? '';
  await theirs.open('/account');
  await theirs.shoot('account-with-second-factor');
  await theirs.open('/account/second-factor/remove');
  await theirs.shoot('account-second-factor-remove');
  await theirs.open('/account/second-factor/recovery-codes');
  await theirs.shoot('account-recovery-codes');

  await theirs.open('/account');
  await Promise.all([
    theirs.page.waitForEvent('load'),
    theirs.page.locator('header form[action="/logout"] button').filter({ visible: true }).first().click(),
  ]);
  await theirs.shoot('logged-out');
  await theirs.send({ username, password: OWN_PASSWORD });
  await theirs.shoot('login-second-factor');
  await theirs.send({ code: NO_CODE });
  await theirs.shoot('login-second-factor-refused');
  await theirs.send({ code: recoveryCode });

  const of = new URLSearchParams({ username });
  for (const action of ['end-sessions', 'reset-second-factor']) {
    await at.open(`/operators/do?${of}&action=${action}`);
    await at.shoot(`operators-do-${action}`);
  }
  await at.open(`/operators/do?${of}&action=disable`);
  await at.send({ current: OWN_PASSWORD });
  await at.shoot('operators-one-disabled');
  await at.open(`/operators/do?${of}&action=enable`);
  await at.shoot('operators-do-enable');
  await at.send({ current: OWN_PASSWORD });
  await at.open(`/operators/do?${of}&action=reset-password`);
  await at.send({ current: OWN_PASSWORD });
  await at.shoot('operators-reset-issued');
}

/** A token is made for a machine, and revoked. The same at each console. */
export async function shootToken(at: Visit): Promise<void> {
  const name = at.language === 'zh' ? 'day-reports' : 'box-office-reports';
  await at.open('/tokens/add');
  const permission = await at.page.locator('main input[type=checkbox]').first().getAttribute('name');
  const until = `${new Date().getFullYear() + 1}-01-31`;
  await at.send({ name, [permission ?? '']: true, which: 'all', until, current: OWN_PASSWORD });
  await at.shoot('tokens-issued');
  await at.open(`/tokens/revoke?${new URLSearchParams({ name })}`);
  await at.shoot('tokens-revoke');
  await at.send({ current: OWN_PASSWORD });
  await at.shoot('tokens-revoked');
}

/** A passkey is made with a security key that is plugged into the browser, and taken away again. The same at each console. */
export async function shootPasskey(at: Visit): Promise<void> {
  const { page, language } = at;
  const cdp = await page.context().newCDPSession(page);
  await cdp.send('WebAuthn.enable');
  await cdp.send('WebAuthn.addVirtualAuthenticator', {
    options: { protocol: 'ctap2', transport: 'usb', hasResidentKey: true, automaticPresenceSimulation: true },
  });
  await at.open('/account/passkeys/add');
  await at.shoot('account-passkeys-by-name');
  await at.send({ name: language === 'zh' ? '办公室电脑' : 'Office computer', current: OWN_PASSWORD });
  await at.shoot('account-passkeys-make');
  // The first second factor comes with recovery codes.
  await Promise.all([page.waitForURL('**/account/passkeys/made'), page.locator('form[data-passkey] button').click()]);
  await at.open('/account');
  await at.shoot('account-passkeys-made');
  await at.open(await firstLink(page, '/account/passkeys/remove'));
  await at.shoot('account-passkeys-remove');
  await at.send({ current: OWN_PASSWORD });
}
