import { OWN_PASSWORD } from '../log-in.ts';
import { firstLink, type Visit } from './visit.ts';

/** What a supervisor does at a terminal: undoing an entry, letting a refused guest in, looking a ticket up. */
export async function shootDoor(at: Visit): Promise<void> {
  const reasons =
    at.language === 'zh' ? ['扫错了同伴的手机', '售票处已核实'] : ['A friend’s phone', 'Box office confirms'];
  await at.open('/entries');
  const ticket = (await at.page.locator('main td code').first().textContent()) ?? '';
  const undo = await firstLink(at.page, '/entries/undo');
  await at.open(undo);
  await at.send({ reason: reasons[0] ?? '', current: 'not-the-password' });
  await at.shoot('entries-undo-refused');
  await at.send({ reason: reasons[0] ?? '', current: OWN_PASSWORD });
  await at.shoot('entries-undone');
  await at.open(undo);
  await at.shoot('entries-gone');

  await at.open('/refusals');
  const override = await firstLink(at.page, '/refusals/override');
  await at.open(override);
  await at.send({ reason: reasons[1] ?? '', current: OWN_PASSWORD });
  await at.shoot('refusals-overridden');
  await at.open(override);
  await at.shoot('refusals-gone');
  await at.open('/refusals');
  await at.shoot('refusals-one-overridden');

  await at.open(`/lookup?${new URLSearchParams({ ticket })}`);
  await at.shoot('lookup-found');
  await at.open('/lookup?ticket=0000000000000000');
  await at.shoot('lookup-nothing');
  await at.open('/gates?cleared=gate-1');
  await at.shoot('gates-cleared');
}
