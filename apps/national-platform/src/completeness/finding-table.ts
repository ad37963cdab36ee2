import type { Column, InBoth, Language, Row } from '@ticket-check/check-records';
import { findingJson, notComparedJson, type Place } from './finding-json.ts';
import type { DifferingHour, NotCompared } from './reconcile-told.ts';

export const FINDINGS_TITLE: InBoth = { zh: '不一致之处', en: 'Differences' };

const column = (name: string, zh: string, en: string): Column => ({ name, head: { zh, en } });

const KINDS: Readonly<Record<'hour-differs' | NotCompared['reason'], InBoth>> = {
  'hour-differs': { zh: '该小时不一致', en: 'the hour differs' },
  'not-told': { zh: '未告知', en: 'not reported' },
  'counts-alone': { zh: '只告知了入场数', en: 'only the number was reported' },
};

/** The columns of a file of findings. */
export const FINDING_COLUMNS: readonly Column[] = [
  { ...column('Kind', '差异', 'Difference'), words: KINDS },
  column('Platform', '检票平台', 'Platform'),
  column('CinemaCode', '影院编码', 'Cinema code'),
  column('Hour', '时段', 'Hour'),
  column('HereRecords', '本平台入场', 'Entries here'),
  column('BelowRecords', '检票平台入场', 'Entries at the platform'),
  column('Advice', '怎么办', 'What to do'),
];

/** A differing hour as a row of such a file. */
export function findingRow(found: DifferingHour, place: Place, language: Language): Row {
  const { AdviceZh, Advice, ...row } = findingJson(found, place);
  return {
    ...row,
    Hour: `${found.hour}:00:00`,
    HereRecords: found.here.records,
    BelowRecords: found.below.records,
    Advice: language === 'zh' ? AdviceZh : Advice,
  };
}

/** A cinema and platform that could not be compared as a row of such a file. */
export function notComparedRow(outcome: NotCompared, place: Place, language: Language): Row {
  const { AdviceZh, Advice, ...row } = notComparedJson(outcome, place);
  return { ...row, Kind: outcome.reason, Advice: language === 'zh' ? AdviceZh : Advice };
}
