import { ActionRefused, action, asked, type PageSet } from '@ticket-check/admin';
import type { UpstreamStore } from '@ticket-check/exchange';
import { z } from 'zod';
import type { OfferedEnrolment } from './offered-enrolment.ts';

/** The screen on which an administrator sees the platform above, and enrols a terminal that has none. Reading E8. */
export function enrolmentScreen(options: {
  enrolment: OfferedEnrolment;
  upstreams: Pick<UpstreamStore, 'current'>;
}): PageSet {
  const { enrolment, upstreams } = options;
  const permission = 'service.manage';

  async function show(): Promise<object> {
    const current = await upstreams.current();
    const offered = current === null ? enrolment.shown() : null;
    return {
      Upstream: current === null ? null : { Host: new URL(current.url).host, Account: current.username },
      Offered: offered && {
        ...{ Offer: offered.offer, Host: offered.host, Account: offered.account },
        ...{ Step: offered.step, Fault: offered.fault },
      },
    };
  }

  return {
    name: 'enrolment',
    screens: [{ path: '/enrolment', permission, label: { zh: '接入平台', en: 'Platform' } }],
    // Tokens may be given what is read by; what manages the service is for people.
    json: [{ path: '/enrolment.json', permission: 'settings.read', handler: show }],
    live: [{ name: 'enrolment', permission: 'settings.read', read: show }],
    actions: [
      action({
        path: '/enrolment/offer',
        permission,
        describes: { title: { zh: '填写文本', en: 'Enter the text' } },
        body: z.strictObject({
          Text: asked(z.string().max(500), { label: { zh: '二维码旁的文本', en: 'Text beside the QR code' } }),
        }),
        async handler({ body: { Text } }) {
          if (!(await enrolment.offer(Text))) throw new ActionRefused('no-enrolment', 400);
          return show();
        },
      }),
      action({
        path: '/enrolment/confirm',
        permission,
        describes: { title: { zh: '确认接入', en: 'Connect' } },
        body: z.strictObject({ Offer: z.string() }),
        async handler({ body: { Offer }, operator: { username: actor }, address: from }) {
          const { isReplaced } = await enrolment.confirm(Offer, { actor, from });
          if (isReplaced) throw new ActionRefused('replaced');
          return show();
        },
      }),
      action({
        path: '/enrolment/cancel',
        permission,
        describes: { title: { zh: '取消接入', en: 'Do not connect' } },
        body: z.strictObject({}),
        async handler() {
          enrolment.cancel();
          return show();
        },
      }),
    ],
  };
}
