import { element, page, post } from './elements.ts';

/**
 * Lets staff look at a ticket; their menu also leads to the console.
 *
 * @param scanner the page's own
 * @param looks called once the next scan at this place only looks
 */
export function offerLook(scanner: string, looks: () => void): void {
  const box = element('staff', HTMLDetailsElement);
  // On a phone the menu covers its own button.
  addEventListener('pointerdown', ({ target }) => {
    if (!(target instanceof Node && box.contains(target))) box.open = false;
  });
  element('look', HTMLButtonElement).addEventListener('click', async () => {
    box.open = false;
    const reply = await post(`/kiosk/look?gate=${encodeURIComponent(page.gate)}&scanner=${scanner}`, {});
    if (reply?.ok) looks();
  });
}
