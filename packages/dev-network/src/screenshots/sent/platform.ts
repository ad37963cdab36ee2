import { OWN_PASSWORD } from '../log-in.ts';
import { settled } from '../settled.ts';
import { firstLink, type Visit } from './visit.ts';

/** A claim is released whose terminal broke down. */
export async function shootClaim(at: Visit): Promise<void> {
  await at.open('/claims');
  const release = await firstLink(at.page, '/claims/release');
  await at.open(release);
  const reason = at.language === 'zh' ? '终端断电，观众尚未入场' : 'The terminal lost power; the guest is outside';
  await at.send({ reason, current: OWN_PASSWORD });
  await at.shoot('claims-released');
  await at.open(release);
  await at.shoot('claims-gone');
}

/** A terminal is enrolled by a QR symbol, and a selling service gets its file: each is shown once. */
export async function shootNewAccounts(at: Visit): Promise<void> {
  const { page, language } = at;
  const made = { 'accounts-enrolled': 0, 'accounts-made': 2 };
  for (const [name, place] of Object.entries(made)) {
    await at.open('/accounts');
    await page.locator('#content button').nth(place).click();
    const [username, cinemas, password] = [0, 1, 2].map((field) => page.locator('.ant-modal input').nth(field));
    await username?.fill(`${place === 0 ? 'door' : 'tickets'}-${language}`);
    await cinemas?.fill('*');
    await password?.fill('not-the-password');
    const submit = page.locator('.ant-modal-footer button').last();
    await submit.click();
    await page.locator('.ant-modal [role=alert]').first().waitFor();
    await at.shoot(`${name}-refused`, { whole: false });
    await password?.fill(OWN_PASSWORD);
    await submit.click();
    await page.locator('#content svg[role=img], #content a[download]').waitFor();
    await page.locator('.ant-modal').waitFor({ state: 'hidden' });
    await at.shoot(name);
  }
}

/** The records of a day are compared with what the platform above holds. */
export async function shootReconciliation(at: Visit): Promise<void> {
  await at.open('/reconciliation');
  await at.page.locator('#content button.ant-btn-primary:not([type=submit])').click();
  await at.page.locator('#content [role=status] :is(.good, .warn)').waitFor();
  await settled(at.page);
  await at.shoot('reconciliation-done');
}

/** Of `/worklist.json`. */
type Listed = { readonly Findings: readonly { CinemaCode: string; FilmTicketCode: string; StartTime: string }[] };

/** A ticket is looked up that is on the worklist, and a code that is none. */
export async function shootTicket(at: Visit): Promise<void> {
  await at.open('/worklist');
  const read = `fetch('/worklist.json').then((answer) => answer.json())`;
  const [found] = ((await at.page.evaluate(read)) as Listed).Findings;
  if (found === undefined) throw new Error('nothing is on the worklist');
  const { CinemaCode: cinema, FilmTicketCode: ticket, StartTime: start } = found;
  await at.open(`/ticket?${new URLSearchParams({ cinema, ticket, start })}`);
  await at.shoot('ticket-found');
  await at.open('/ticket?ticket=not-a-code-of-any-ticket');
  await at.shoot('ticket-refused');
}

/** What the demo's platform above never does: it refuses a record, and sends no key of a cinema. */
const STOPPED = {
  parked: { ErrorCode: 'INVALID_PRICE', ErrorMessage: 'the price is not the one of the sale', Attempts: 3 },
  quarantined: { ErrorCode: 'CODE_NOT_GENUINE' },
};
const COUNTS = { '/outbox/counts.json': { Parked: 2 }, '/quarantine.json': { Quarantined: 3, NotGenuine: 2 } };

/** The lists of records that do not go on, with two in each, and what is asked before they are sent or judged again. */
export async function shootStopped(at: Visit): Promise<void> {
  const { page } = at;
  // Nothing but these answers is told of them.
  await page.addInitScript('window.EventSource = class extends EventTarget { close() {} }');
  await at.open('/records');
  const read = `fetch('/records.json').then((answer) => answer.json())`;
  const { Records } = (await page.evaluate(read)) as { Records: readonly { CheckTime: string }[] };
  for (const [kind, why] of Object.entries(STOPPED)) {
    const stopped = Records.slice(0, 2).map((record) => ({
      ...record,
      ...why,
      ...(kind === 'parked' && { ParkedAt: record.CheckTime, NextAttemptAt: record.CheckTime }),
    }));
    await page.route('**/outbox.json**', (route) => route.fulfill({ json: { Records: stopped, Next: null } }));
    for (const [path, json] of Object.entries(COUNTS))
      await page.route(`**${path}**`, (route) => route.fulfill({ json }));
    await at.open(`/outbox?kind=${kind}`);
    await page.locator('#content tbody tr').first().waitFor();
    await at.shoot(`outbox-${kind}`);
    await page.locator('.screen-head button').click();
    await page.locator('.ant-modal p').first().waitFor();
    await at.shoot(`outbox-${kind}-again`, { whole: false });
    await page.unrouteAll();
  }
}
