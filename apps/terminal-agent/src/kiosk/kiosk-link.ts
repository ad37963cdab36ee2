import type { PageSet } from '@ticket-check/admin';

/** The link from the console to the kiosk page: back to the screen at the gate, which ends the login, or, on a phone, to its scanner. @param port that of the service */
export function kioskLink({ port }: { port: number }): PageSet {
  return {
    name: 'to-kiosk',
    link: {
      path: '/kiosk',
      label: { zh: '扫码检票', en: 'Scan tickets' },
      permission: 'records.read',
      // Use the host under which the browser opened the console.
      to: (host) => `https://${new URL(`https://${host}`).hostname}:${port}/kiosk`,
    },
  };
}
