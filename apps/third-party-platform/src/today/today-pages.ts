import type { PageSet } from '@ticket-check/admin';
import type { Service } from '@ticket-check/runtime';
import { LISTED_BY } from './needs.ts';
import { createToday } from './today.ts';

/** The screen of the day, told live, and the same as JSON for machines. */
export function todayPages(service: Pick<Service, 'now'>, options: Parameters<typeof createToday>[1]): PageSet {
  const read = createToday(service, options);
  const permission = 'records.read';
  return {
    name: 'today',
    screens: [{ path: '/today', permission, label: { zh: '今日', en: 'Today' } }],
    json: [{ path: '/today.json', permission, handler: ({ cinemaCodes, permits }) => read(cinemaCodes, permits) }],
    live: [
      {
        name: 'today',
        permission,
        besides: LISTED_BY,
        read: (cinemaCodes, _query, _signal, permits) => read(cinemaCodes, permits),
      },
    ],
  };
}
