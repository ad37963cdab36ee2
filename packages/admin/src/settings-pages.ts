import { wallClockAt } from '@ticket-check/protocol';
import type { JobRuns, ShownSetting } from '@ticket-check/runtime';
import { list, servedTogether, serveList } from './declared/list.ts';
import { loadMeanings } from './documents.ts';
import type { PageSet } from './page.ts';
import { JOB_ROW, SETTING_ROW } from './settings-rows.ts';

/** They concern the whole service, and are read as they are. */
const common = {
  permission: 'settings.read',
  isOfAll: true,
  filters: {},
  live: 'none',
} as const;

const settings = list({
  ...common,
  name: 'settings',
  rowsName: 'Settings',
  title: { zh: '配置', en: 'Settings' },
  row: SETTING_ROW,
  async find(shown: readonly ShownSetting[]) {
    const [meaning, meaningZh] = await Promise.all([loadMeanings('en'), loadMeanings('zh')]);
    const rows = shown.map(({ name, value, usual, from, isHidden, allowed, allowedZh }) => ({
      ...{ Name: name, Value: value, Default: usual, From: from, Hidden: isHidden },
      ...{ Allowed: allowed, AllowedZh: allowedZh },
      ...{ Meaning: meaning(name, usual), MeaningZh: meaningZh(name, usual) },
    }));
    return { rows };
  },
});

const timeOf = (epochMs: number | null) => (epochMs === null ? null : wallClockAt(epochMs));

const jobs = list({
  ...common,
  name: 'jobs',
  rowsName: 'Jobs',
  title: { zh: '定时任务', en: 'Jobs' },
  row: JOB_ROW,
  async find(listed: () => Promise<JobRuns[]>) {
    const rows = (await listed()).map(({ name, nextRunAt, lastRunAt, lastError, owner }) => ({
      ...{ Name: name, NextRun: timeOf(nextRunAt), LastRun: timeOf(lastRunAt), LastError: lastError, Owner: owner },
    }));
    return { rows };
  },
});

/** Serves the jobs, and read-only the settings, without secrets as `showSettings` makes them: only a start reads them. */
export function settingsPages(shown: readonly ShownSetting[], listJobs: () => Promise<JobRuns[]>): PageSet {
  return {
    name: 'settings',
    ...servedTogether([serveList(settings, shown), serveList(jobs, listJobs)]),
    screens: [{ path: '/settings', permission: settings.permission, label: settings.title }],
  };
}
