import { createWedge, type Key, type WedgeRead } from '../src/kiosk/screen/wedge.ts';

/** Elements that leave the page or change the terminal. */
const TOUCHED = 'a, summary, [data-touched]';

/** Reads all keys before any element does. A scanner types at any pace, so `TOUCHED` elements get no keys at all. */
export function readKeys(handlers: { read(read: WedgeRead): void; typing(): void; nothing(): void }): void {
  const wedge = createWedge(handlers);
  let timer: number | undefined;

  function waitForSilence(): void {
    clearTimeout(timer);
    const deadline = wedge.deadline();
    if (deadline === null) return;
    timer = setTimeout(
      () => {
        wedge.silent();
        waitForSilence();
      },
      Math.max(0, deadline - performance.now()),
    );
  }

  function drop(event: Event): void {
    event.preventDefault();
    event.stopImmediatePropagation();
  }

  /** Keys typed into a field belong to it. */
  const isTyped = ({ target }: Event) => target instanceof HTMLInputElement;

  const capture = true;
  addEventListener('keydown', pressed, { capture });
  addEventListener('compositionend', composed, { capture });
  addEventListener('click', clicked, { capture });

  function pressed(event: KeyboardEvent): void {
    if (isTyped(event)) return;
    const { code, key, shiftKey, ctrlKey, altKey, metaKey, isComposing } = event;
    const capsLock = event.getModifierState('CapsLock');
    const read: Key = { code, key, shiftKey, ctrlKey, altKey, metaKey, isComposing, capsLock };
    if (wedge.key(read, performance.now())) drop(event);
    waitForSilence();
  }

  function composed(event: CompositionEvent): void {
    if (isTyped(event)) return;
    if (wedge.composed(event.data, performance.now())) drop(event);
    waitForSilence();
  }

  function clicked(event: MouseEvent): void {
    // A click by a key.
    if (event.detail === 0 && event.target instanceof Element && event.target.closest(TOUCHED)) drop(event);
  }
}
