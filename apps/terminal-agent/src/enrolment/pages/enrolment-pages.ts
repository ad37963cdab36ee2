import { join } from 'node:path';
import type { Page, PageRequest, PageSet } from '@ticket-check/admin';
import type { UpstreamStore } from '@ticket-check/exchange';
import type { OfferedEnrolment } from '../offered-enrolment.ts';
import { WORDS } from './words.ts';

const PATH = '/enrolment';

/** The page on which an administrator sees the platform above, and enrols a terminal that has none. Reading E8. */
export function enrolmentPages(options: {
  enrolment: OfferedEnrolment;
  upstreams: Pick<UpstreamStore, 'current'>;
}): PageSet {
  const { enrolment, upstreams } = options;

  async function show({ language }: PageRequest, fault: string | null = null): Promise<Page> {
    const t = WORDS[language];
    const current = await upstreams.current();
    const offered = current === null ? enrolment.shown() : null;
    return {
      title: t.title,
      view: 'enrolment/enrolment',
      status: fault === null ? 200 : 400,
      data: {
        t,
        path: PATH,
        isSet: current === null ? null : t.isSet(new URL(current.url).host, current.username),
        offered,
        fault: fault ?? (offered?.step === 'failed' ? t.failed : null),
        detail: offered?.fault ?? null,
      },
    };
  }

  async function offer(request: PageRequest): Promise<Page | { redirect: string }> {
    const isTaken = await enrolment.offer(request.form.get('text') ?? '');
    return isTaken ? { redirect: PATH } : show(request, WORDS[request.language].unreadable);
  }

  async function confirm(request: PageRequest): Promise<Page | { redirect: string }> {
    const { form, operator, address, language } = request;
    const by = { actor: operator.username, from: address };
    const { isReplaced } = await enrolment.confirm(form.get('offer') ?? '', by);
    return isReplaced ? show(request, WORDS[language].replaced) : { redirect: PATH };
  }

  return {
    name: 'enrolment',
    views: join(import.meta.dirname, 'views'),
    menu: { path: PATH, label: { zh: WORDS.zh.title, en: WORDS.en.title }, permission: 'service.manage' },
    pages: [
      { method: 'get', path: PATH, access: 'service.manage', handler: (request) => show(request) },
      { method: 'post', path: PATH, access: 'service.manage', handler: offer },
      { method: 'post', path: `${PATH}/confirm`, access: 'service.manage', handler: confirm },
      {
        method: 'post',
        path: `${PATH}/cancel`,
        access: 'service.manage',
        async handler() {
          enrolment.cancel();
          return { redirect: PATH };
        },
      },
    ],
  };
}
