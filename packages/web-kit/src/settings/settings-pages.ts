import type { ShownSetting } from '@ticket-check/runtime';
import type { JsonRequest, PageSet } from '../page.ts';
import { PageError } from '../page-error.ts';

const PATH = '/settings';

/**
 * What a service was told by its environment: read-only, since nothing but a start reads it. It is of the whole service, so
 * it is shown to nobody who is limited to some cinemas.
 *
 * @param settings without secrets, as `showSettings` makes them
 */
export function settingsPages(
  settings: readonly ShownSetting[],
  { hasScreens }: { /** Whether the service has a console that shows them. */ hasScreens: boolean },
): PageSet {
  async function list({ cinemaCodes }: JsonRequest): Promise<object> {
    if (cinemaCodes !== 'all') throw new PageError('forbidden');
    return {
      Settings: settings.map(({ name, value, usual, from, isHidden, allowed, allowedZh }) => ({
        Name: name,
        Value: value,
        Default: usual,
        From: from,
        Hidden: isHidden,
        Allowed: allowed,
        AllowedZh: allowedZh,
      })),
    };
  }

  return {
    name: 'settings',
    json: [{ path: `${PATH}.json`, permission: 'settings.read', handler: list }],
    ...(hasScreens && {
      screens: [{ path: PATH, permission: 'settings.read', label: { zh: '配置', en: 'Settings' } }],
    }),
  };
}
