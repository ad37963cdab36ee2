import { element, page } from './elements.ts';

/** Pages of the console, which require a login. */
const LINKS: readonly { path: string; zh: string; en: string; needsSensor?: boolean }[] = [
  { path: '/gates', zh: '解除闸机停用', en: 'Clear the gate' },
  { path: '/refusals', zh: '人工放行', en: 'Let a refused guest in' },
  { path: '/entries', zh: '撤销入场', en: 'Undo an entry' },
  { path: '/gates#missed', zh: '放行后未通过的观众', en: 'Guests who did not go through', needsSensor: true },
  { path: '/lookup', zh: '查票', en: 'Look up a ticket' },
  { path: '/state', zh: '终端状态', en: 'This terminal' },
];

/**
 * Links staff to the pages of the console at this terminal, and lets them look at a ticket.
 *
 * @param scanner the page's own
 * @param looks called once the next scan at this place only looks
 */
export function linkStaff(scanner: string, looks: () => void): void {
  const box = element('staff', HTMLDetailsElement);
  const { console, hasSensor } = page;
  if (console === null) {
    box.hidden = true;
    return;
  }
  // On a phone the menu covers its own button.
  addEventListener('pointerdown', ({ target }) => {
    if (!(target instanceof Node && box.contains(target))) box.open = false;
  });
  const { host = null, port } = console;
  element('look', HTMLButtonElement).addEventListener('click', async () => {
    box.open = false;
    const asked = { method: 'POST', headers: { 'x-kiosk-key': page.key } };
    const path = `/kiosk/look?gate=${encodeURIComponent(page.gate)}&scanner=${scanner}`;
    const reply = await fetch(path, asked).catch(() => null);
    if (reply?.ok) looks();
  });
  element('staff-links', HTMLElement).append(
    ...LINKS.filter(({ needsSensor = false }) => hasSensor || !needsSensor).map(({ path, zh, en }) => {
      const link = document.createElement('a');
      link.href = `https://${host ?? location.hostname}:${port}${path}`;
      link.tabIndex = -1;
      link.textContent = `${zh} `;
      const english = document.createElement('span');
      english.lang = 'en';
      english.textContent = en;
      link.append(english);
      const item = document.createElement('li');
      item.append(link);
      return item;
    }),
  );
}
