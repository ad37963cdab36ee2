import { wallClockAt } from '@ticket-check/protocol';
import type { JobRuns, ShownSetting } from '@ticket-check/runtime';
import { z } from 'zod';
import { loadMeanings } from './documents.ts';
import type { InEachLanguage } from './language.ts';
import type { JsonRequest, PageSet } from './page.ts';
import { PageError } from './sent-texts.ts';
import { JOB_ROW, type JobRow, SETTING_ROW, type SettingRow } from './settings-rows.ts';

const PATH = '/settings';
const permission = 'settings.read' as const;
const title = { zh: '配置', en: 'Settings' };
const JOBS = { zh: '定时任务', en: 'Jobs' };

const described = (title: InEachLanguage, rows: Readonly<Record<string, z.ZodType>>) => ({
  title,
  answer: z.object(Object.fromEntries(Object.entries(rows).map(([name, row]) => [name, z.array(row)]))),
});

/**
 * Serves the settings from the environment, read-only, because only a start reads them, and the jobs. They concern the whole service,
 * so operators limited to some cinemas do not see them.
 *
 * @param settings without secrets, as `showSettings` makes them
 */
export function settingsPages(settings: readonly ShownSetting[], listJobs: () => Promise<JobRuns[]>): PageSet {
  async function list({ cinemaCodes }: JsonRequest): Promise<{ Settings: SettingRow[] }> {
    if (cinemaCodes !== 'all') throw new PageError('forbidden');
    const [meaning, meaningZh] = await Promise.all([loadMeanings('en'), loadMeanings('zh')]);
    return {
      Settings: settings.map(({ name, value, usual, from, isHidden, allowed, allowedZh }) => ({
        Name: name,
        Value: value,
        Default: usual,
        From: from,
        Hidden: isHidden,
        Allowed: allowed,
        AllowedZh: allowedZh,
        Meaning: meaning(name, usual),
        MeaningZh: meaningZh(name, usual),
      })),
    };
  }

  async function jobs({ cinemaCodes }: JsonRequest): Promise<{ Jobs: JobRow[] }> {
    if (cinemaCodes !== 'all') throw new PageError('forbidden');
    const timeOf = (epochMs: number | null) => (epochMs === null ? null : wallClockAt(epochMs));
    return {
      Jobs: (await listJobs()).map(({ name, nextRunAt, lastRunAt, lastError, owner }) => ({
        Name: name,
        NextRun: timeOf(nextRunAt),
        LastRun: timeOf(lastRunAt),
        LastError: lastError,
        Owner: owner,
      })),
    };
  }

  return {
    name: 'settings',
    json: [
      { path: `${PATH}.json`, permission, describes: described(title, { Settings: SETTING_ROW }), handler: list },
      { path: '/jobs.json', permission, describes: described(JOBS, { Jobs: JOB_ROW }), handler: jobs },
    ],
    screens: [{ path: PATH, permission, label: title }],
  };
}
