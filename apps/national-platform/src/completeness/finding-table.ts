import { type Column, elementIn, type InBoth, type Language, type Row } from '@ticket-check/check-records';
import { findingJson, notComparedJson, type Place } from './finding-json.ts';
import type { NotCompared, ToldFinding } from './reconcile-told.ts';

export const FINDINGS_TITLE: InBoth = { zh: '不一致之处', en: 'Differences' };

const column = (name: string, zh: string, en: string): Column => ({ name, head: { zh, en } });

const KINDS: Readonly<Record<ToldFinding['kind'] | NotCompared['reason'], InBoth>> = {
  'hour-differs': { zh: '该小时不一致', en: 'the hour differs' },
  'missing-here': { zh: '本平台没有收到', en: 'missing here' },
  'refused-here': { zh: '本平台拒收', en: 'refused here' },
  'missing-below': { zh: '检票平台没有', en: 'missing at the platform' },
  'quarantined-here': { zh: '本平台已隔离', en: 'quarantined here' },
  'quarantined-below': { zh: '检票平台已隔离', en: 'quarantined at the platform' },
  'undone-here': { zh: '本平台已撤销', en: 'undone here alone' },
  'undone-below': { zh: '检票平台已撤销', en: 'undone at the platform alone' },
  differs: { zh: '内容不一致', en: 'not the same' },
  'not-told': { zh: '未告知', en: 'not told' },
  'counts-alone': { zh: '只告知了入场数', en: 'the number alone was told' },
};

/** The columns of a file of what differs. */
export const FINDING_COLUMNS: readonly Column[] = [
  { ...column('Kind', '差异', 'Difference'), words: KINDS },
  column('Platform', '检票平台', 'Platform'),
  column('CinemaCode', '影院编码', 'Cinema code'),
  column('CheckTime', '检票时间', 'Checked at'),
  column('FilmTicketCode', '电影票编码', 'Ticket code'),
  column('StartTime', '放映时间', 'Start'),
  column('Elements', '不一致的内容', 'What differs'),
  column('HereRecords', '本平台入场', 'Entries here'),
  column('BelowRecords', '检票平台入场', 'Entries at the platform'),
  column('ErrorCode', '代码', 'Error code'),
  column('Advice', '怎么办', 'What to do'),
  column('RecordId', '记录标识', 'RecordId'),
];

/** A finding as a row of such a file. */
export function findingRow(finding: ToldFinding, place: Place, language: Language): Row {
  const { AdviceZh, Advice, ...row } = findingJson(finding, place);
  const advice = language === 'zh' ? AdviceZh : Advice;
  if (finding.kind === 'hour-differs') {
    const { hour, here, below } = finding;
    return {
      ...row,
      CheckTime: `${hour}:00:00`,
      HereRecords: here.records,
      BelowRecords: below.records,
      Advice: advice,
    };
  }
  const elements = finding.told.elements.map((name) => elementIn(name, language));
  return { ...row, Elements: elements.join(language === 'zh' ? '、' : ', '), Advice: advice };
}

/** A cinema and platform of which it is not known as a row of such a file. */
export function notComparedRow(outcome: NotCompared, place: Place, language: Language): Row {
  const { AdviceZh, Advice, ...row } = notComparedJson(outcome, place);
  return { ...row, Kind: outcome.reason, Advice: language === 'zh' ? AdviceZh : Advice };
}
