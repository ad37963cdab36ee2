import type { PageSet } from '@ticket-check/admin';

/** The link from the console back to the kiosk page, which ends the login. @param port that of the service */
export function kioskLink({ port }: { port: number }): PageSet {
  return {
    name: 'to-kiosk',
    menu: { path: '/kiosk', label: { zh: '返回检票页面', en: 'Back to the kiosk' }, permission: 'records.read' },
    pages: [
      {
        method: 'get',
        path: '/kiosk',
        access: 'records.read',
        // Use the host under which the browser opened the console.
        async handler({ host }) {
          return { redirect: `https://${new URL(`https://${host}`).hostname}:${port}/kiosk` };
        },
      },
    ],
  };
}
