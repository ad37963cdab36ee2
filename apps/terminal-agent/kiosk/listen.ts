import type { KioskStatus, ScanEvent } from '../src/kiosk/screen/told.ts';
import { page } from './elements.ts';

const AGAIN_MS = 2000;

/** Subscribes to the events of the gate, and reconnects when they stop. */
export function listen(handlers: {
  status(status: KioskStatus & { build: string }): void;
  scan(event: ScanEvent): void;
  gone(): void;
}): void {
  const source = new EventSource(`/kiosk/events?gate=${encodeURIComponent(page.gate)}`);
  source.addEventListener('status', ({ data }) => handlers.status(JSON.parse(data)));
  source.addEventListener('scan', ({ data }) => handlers.scan(JSON.parse(data)));
  source.addEventListener('error', () => {
    handlers.gone();
    // The browser does not reconnect after a refusal.
    if (source.readyState !== EventSource.CLOSED) return;
    setTimeout(() => listen(handlers), AGAIN_MS);
  });
}
