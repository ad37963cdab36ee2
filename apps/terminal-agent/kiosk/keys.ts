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

  function take(event: Event, isTaken: boolean): void {
    if (isTaken) {
      event.preventDefault();
      event.stopImmediatePropagation();
    }
    waitForSilence();
  }

  function keyOf(event: KeyboardEvent): Key {
    const { code, key, shiftKey, ctrlKey, altKey, metaKey, isComposing } = event;
    return { code, key, shiftKey, ctrlKey, altKey, metaKey, isComposing, capsLock: event.getModifierState('CapsLock') };
  }

  addEventListener(
    'keydown',
    (event) => {
      // Keys typed into a field belong to it.
      if (!(event.target instanceof HTMLInputElement)) take(event, wedge.key(keyOf(event), performance.now()));
    },
    { capture: true },
  );
  addEventListener(
    'click',
    (event) => {
      // A click by a key.
      if (event.detail === 0 && event.target instanceof Element && event.target.closest(TOUCHED)) {
        event.preventDefault();
        event.stopImmediatePropagation();
      }
    },
    { capture: true },
  );
  addEventListener(
    'compositionend',
    (event) => event.target instanceof HTMLInputElement || take(event, wedge.composed(event.data, performance.now())),
    {
      capture: true,
    },
  );
}
