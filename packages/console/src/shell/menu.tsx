import * as icons from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { Tag } from 'antd';
import type { ComponentType } from 'react';
import { useLocation } from 'wouter';
import { type Begun, inEachLanguage, useBegun, useWords } from '../begin/begun.ts';
import { lookOn } from '../data/client.ts';
import { Linked } from '../look/screen-link.tsx';

type Group = (typeof GROUPS)[number];
type Entry = Begun['Menu'][number];

const WORDS = inEachLanguage({
  menu: ['菜单', 'Menu'],
  now: ['现场', 'Now'],
  data: ['数据', 'Data'],
  service: ['管理', 'Service'],
  waiting: (count: number) => [`${count} 项待处理`, `${count} waiting`],
});

/** The group and icon of each page of the three services; a page that is not listed belongs to the last group. */
const PLACES: Readonly<Record<string, readonly [Group, ComponentType]>> = {
  '/today': ['now', icons.DashboardOutlined],
  '/state': ['now', icons.DashboardOutlined],
  '/worklist': ['now', icons.WarningOutlined],
  '/findings': ['now', icons.WarningOutlined],
  '/claims': ['now', icons.ClockCircleOutlined],
  '/fleet': ['now', icons.MobileOutlined],
  '/ticket': ['now', icons.SearchOutlined],
  '/lookup': ['now', icons.SearchOutlined],
  '/gates': ['now', icons.UnlockOutlined],
  '/entries': ['now', icons.SolutionOutlined],
  '/refusals': ['now', icons.StopOutlined],
  '/kiosk': ['now', icons.RollbackOutlined],
  '/platforms': ['data', icons.ClusterOutlined],
  '/tickets': ['data', icons.FileSearchOutlined],
  '/records': ['data', icons.FileSearchOutlined],
  '/outbox': ['data', icons.CloudUploadOutlined],
  '/report': ['data', icons.BarChartOutlined],
  '/reconciliation': ['data', icons.SwapOutlined],
  '/completeness': ['data', icons.BarChartOutlined],
  '/intake': ['data', icons.ImportOutlined],
  '/cinemas': ['service', icons.ShopOutlined],
  '/accounts': ['service', icons.SafetyCertificateOutlined],
  '/operators': ['service', icons.TeamOutlined],
  '/tokens': ['service', icons.KeyOutlined],
  '/audit': ['service', icons.AuditOutlined],
  '/settings': ['service', icons.SettingOutlined],
  '/api': ['service', icons.ApiOutlined],
};

const GROUPS = ['now', 'data', 'service'] as const;

const placeOf = (path: string) => PLACES[path] ?? (['service', icons.FileTextOutlined] as const);

/** Counts are shown to decide where to look: nobody waits for them. */
const COUNT_EVERY_MS = 30_000;

/** The pages that an operator may open, in groups, with how much waits at each. */
export function Menu() {
  const t = useWords(WORDS);
  const { Menu: entries } = useBegun();
  const [path] = useLocation();
  const counts = useCounts();
  return (
    <nav aria-label={t.menu} className="menu">
      {GROUPS.map((group) => {
        const ofGroup = entries.filter(({ Path }) => placeOf(Path)[0] === group);
        if (ofGroup.length === 0) return null;
        return (
          <section key={group}>
            <h2>{t[group]}</h2>
            {ofGroup.map((entry) => (
              <MenuLink key={entry.Path} entry={entry} isCurrent={isAt(entry, path)} count={counts[entry.Path] ?? 0} />
            ))}
          </section>
        );
      })}
    </nav>
  );
}

function MenuLink({ entry, isCurrent, count }: { entry: Entry; isCurrent: boolean; count: number }) {
  const t = useWords(WORDS);
  const [, Icon] = placeOf(entry.Path);
  return (
    <Linked to={entry.Path} aria-current={isCurrent ? 'page' : undefined}>
      <span aria-hidden>
        <Icon />
      </span>
      {entry.Label}
      {count === 0 ? null : (
        <Tag color="error" style={{ marginLeft: 'auto' }}>
          <span aria-hidden>{count}</span>
          <span className="away">{t.waiting(count)}</span>
        </Tag>
      )}
    </Linked>
  );
}

const isAt = ({ Path }: Entry, path: string) => path === Path || path.startsWith(`${Path}/`);

export type Place = { readonly group: string; readonly entry: Entry };

/** Where in the menu a path stands: the words of its group and of its entry; null for a page that is in no menu. */
export function usePlace(): Place | null {
  const t = useWords(WORDS);
  const { Menu: entries } = useBegun();
  const [path] = useLocation();
  const entry = entries.find((one) => isAt(one, path));
  return entry === undefined ? null : { group: t[placeOf(entry.Path)[0]], entry };
}

function useCounts(): Readonly<Record<string, number>> {
  const { data } = useQuery({
    queryKey: ['/counts.json'],
    queryFn: ({ signal }) => lookOn<Record<string, number>>('/counts.json', signal),
    refetchInterval: COUNT_EVERY_MS,
    retry: false,
  });
  return data ?? {};
}
