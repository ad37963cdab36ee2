import { recordColumns } from '../reports/record-table.ts';
import type { Column, InBoth, Language, Row } from '../reports/table.ts';
import { adviceOn } from './finding-json.ts';
import type { Finding, FindingKind } from './judge-pair.ts';

export const RECONCILIATION_TITLE: InBoth = { zh: '对账', en: 'Reconciliation' };

const KINDS: Readonly<Record<FindingKind | 'not-compared', InBoth>> = {
  'missing-upstream': { zh: '上级没有这条记录', en: 'missing upstream' },
  'refused-upstream': { zh: '上级拒收', en: 'refused upstream' },
  'missing-here': { zh: '本地没有这条记录', en: 'missing here' },
  'quarantined-upstream': { zh: '上级已隔离', en: 'quarantined upstream' },
  'quarantined-here': { zh: '本地已隔离，上级计为入场', en: 'quarantined only here' },
  'undone-here': { zh: '本地已撤销，上级计为入场', en: 'undone only here' },
  'undone-upstream': { zh: '上级已撤销，本地计为入场', en: 'undone only upstream' },
  differs: { zh: '内容不一致', en: 'not the same' },
  'undelivered-upstream': { zh: '上级尚未继续上报', en: 'not passed on upstream' },
  'on-its-way': { zh: '正在报送', en: 'on its way' },
  completed: { zh: '已由上级补全', en: 'completed upstream' },
  'not-compared': { zh: '影院未能对账', en: 'cinema not compared' },
};

const column = (name: string, zh: string, en: string): Column => ({ name, head: { zh, en } });

/** The columns of a file of what a reconciliation found. */
export const FINDING_COLUMNS: readonly Column[] = [
  { ...column('Kind', '差异', 'Difference'), words: KINDS },
  column('CheckTime', '检票时间', 'Checked at'),
  column('CinemaCode', '影院编码', 'Cinema code'),
  column('FilmTicketCode', '电影票编码', 'Ticket code'),
  column('StartTime', '放映时间', 'Start'),
  column('Elements', '不一致的内容', 'What differs'),
  column('ErrorCode', '代码', 'Error code'),
  column('Advice', '怎么办', 'What to do'),
  column('RecordId', '记录标识', 'RecordId'),
];

const ELEMENTS = new Map(recordColumns({ sends: false, checkedBy: 'Account' }).map(({ name, head }) => [name, head]));

/** What an element of a check record is called in a file. */
const elementIn = (name: string, language: Language): string => ELEMENTS.get(name)?.[language] ?? name;

/** A finding as a row of such a file. */
export function findingRow(finding: Finding, language: Language): Row {
  const { kind, record, elements, errorCode } = finding;
  const { recordId, cinemaCode, filmTicketCode, startTime, checkTime } = record;
  const differences = Object.entries(elements).map(([name, { here, upstream }]) => {
    const [mine, theirs] = [textOf(here), textOf(upstream)];
    const named = elementIn(name, language);
    return language === 'zh' ? `${named}：本地 ${mine}，上级 ${theirs}` : `${named}: here ${mine}, upstream ${theirs}`;
  });
  return {
    Kind: kind,
    CheckTime: checkTime,
    CinemaCode: cinemaCode,
    FilmTicketCode: filmTicketCode,
    StartTime: startTime,
    Elements: differences.join(language === 'zh' ? '；' : '; '),
    ErrorCode: errorCode ?? '',
    Advice: adviceOn(finding)[language],
    RecordId: recordId,
  };
}

/** A cinema that could not be compared as a row of such a file. */
export const failureRow = (cinemaCode: string, failure: string): Row => ({
  Kind: 'not-compared',
  CinemaCode: cinemaCode,
  Advice: failure,
});

/** The value as text on the wire; empty if absent. */
const textOf = (value: unknown): string =>
  value === null || value === undefined ? '' : typeof value === 'string' ? value : JSON.stringify(value);
