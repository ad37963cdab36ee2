import type { ShownSetting } from '@ticket-check/runtime';
import type { JsonRequest, PageSet } from '../page.ts';
import { PageError } from '../page-error.ts';

const PATH = '/settings';

/**
 * Serves the settings from the environment: read-only, because only a start reads them. They concern the whole service, so
 * operators limited to some cinemas do not see them.
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
