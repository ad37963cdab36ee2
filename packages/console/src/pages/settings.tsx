import type { JobRow, SettingRow } from '@ticket-check/admin/settings-rows';
import { Tag } from 'antd';
import { inEachLanguage, useLanguage, useWords } from '../begin/begun.ts';
import { RowsTable, TablePanel } from '../list/list-table.tsx';
import { Marked } from '../look/marked.tsx';
import { Panel, ScreenPage } from '../shell/screen-page.tsx';
import { Answered } from '../states/states.tsx';

const WORDS = inEachLanguage({
  about: [
    '服务启动时从环境变量读取的配置，在此只能查看；更改环境变量并重新启动后生效。机密不显示。',
    'The service read them from its environment when it started. Change them there; changes apply from the next start. Secrets are not shown.',
  ],
  caption: ['各项配置', 'Settings'],
  name: ['名称', 'Name'],
  meaning: ['含义', 'Meaning'],
  value: ['当前值', 'Value'],
  usual: ['默认值', 'Default'],
  changed: ['已设置', 'set'],
  hidden: ['机密，不显示', 'a secret, not shown'],
  unset: ['未设置', 'not set'],
  jobs: ['定时任务', 'Jobs'],
  job: ['任务', 'Job'],
});

/** What Chinese readers call the jobs; English has the names that logs and metrics have. */
const CHINESE_JOBS: Readonly<Record<string, string>> = {
  audit: '审计日志',
  'business days': '上报营业日',
  'claim releases': '释放占票',
  'discard scans': '清理扫码记录',
  'e-ticket keys': '电子票密钥',
  'end sessions': '结束登录会话',
  'follow changes': '同步退票与电子票',
  'key sync': '同步公钥',
  months: '新建月份分区',
  purge: '清理过期数据',
  'purge changes': '清理变更',
  'purge sessions': '清理过往场次',
  'quarantine review': '复核隔离记录',
  'refused requests': '清理被拒请求',
  recheck: '复查离线放行',
  'undone entries': '上报撤销的入场',
};

export default function Settings() {
  const t = useWords(WORDS);
  const language = useLanguage();
  const shown = (value: unknown) => {
    if (value === null) return <span className="quiet">{t.unset}</span>;
    // It wraps.
    return (
      <span>
        <code>{typeof value === 'string' ? value : JSON.stringify(value)}</code>
      </span>
    );
  };
  return (
    <ScreenPage about={t.about}>
      <Panel>
        <Answered<{ readonly Settings: readonly SettingRow[] }> path="/settings.json">
          {({ Settings: settings }) => (
            <RowsTable<SettingRow>
              caption={t.caption}
              columns={[
                {
                  head: t.name,
                  of: 'Name',
                  cell: (setting) => (
                    <>
                      <code className="one-line">{setting.Name}</code> {isSet(setting) ? <Tag>{t.changed}</Tag> : null}
                    </>
                  ),
                },
                {
                  head: t.meaning,
                  cell: ({ Allowed, AllowedZh, Meaning, MeaningZh }) => (
                    <>
                      <Marked text={language === 'zh' ? MeaningZh : Meaning} />
                      <div className="quiet">{language === 'zh' ? AllowedZh : Allowed}</div>
                    </>
                  ),
                },
                {
                  head: t.value,
                  by: ({ Value }) => String(Value),
                  cell: ({ Value, Hidden }) => (Hidden ? <span className="quiet">{t.hidden}</span> : shown(Value)),
                },
                { head: t.usual, cell: ({ Default }) => shown(Default), by: ({ Default }) => String(Default) },
              ]}
              // What was set comes first: the rest is as everywhere.
              rows={settings.toSorted((a, b) => Number(isSet(b)) - Number(isSet(a)))}
              rowKey={({ Name }) => Name}
            />
          )}
        </Answered>
      </Panel>
      <Answered<{ readonly Jobs: readonly JobRow[] }> path="/jobs.json">
        {({ Jobs }) => (
          <TablePanel<JobRow>
            title={t.jobs}
            columns={[
              {
                head: t.job,
                of: 'Name',
                cell: ({ Name, LastError }) => (
                  <>
                    {language === 'zh' ? CHINESE_JOBS[Name] : null} <code>{Name}</code>
                    {LastError === null ? null : (
                      <div className="quiet">
                        <code>{LastError}</code>
                      </div>
                    )}
                  </>
                ),
              },
              ...(['LastRun', 'NextRun', 'Owner'] as const),
            ]}
            rows={Jobs}
            rowKey={({ Name }) => Name}
          />
        )}
      </Answered>
    </ScreenPage>
  );
}

const isSet = ({ From }: SettingRow) => From === 'environment';
