import type { CDPSession, Page } from 'playwright-core';

/** A security key that is plugged into the browser and touched at once whenever it is asked. */
export async function plugInKey(page: Page): Promise<{ cdp: CDPSession; authenticatorId: string }> {
  const cdp = await page.context().newCDPSession(page);
  await cdp.send('WebAuthn.enable');
  const { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', {
    options: { protocol: 'ctap2', transport: 'usb', hasResidentKey: true, automaticPresenceSimulation: true },
  });
  return { cdp, authenticatorId };
}
