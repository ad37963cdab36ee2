import { elementsJson } from '@ticket-check/protocol';
import { DIFFERENCE_NAMES, ELEMENT_NAMES } from '@ticket-check/protocol/element-names';
import { recordColumns } from '../reports/record-way.ts';
import { type Column, column, columns, type InBoth, type Language, type Row, wordsOf } from '../reports/table.ts';
import type { Finding, FindingKind } from './pairs.ts';
import type { Compared } from './reconcile-day.ts';

/** What to do about each kind of finding, one sentence or two: by what is shown of it on the page and in files too. */
const ADVICE: Readonly<Record<Exclude<FindingKind, 'missing-upstream'>, InBoth>> = {
  'refused-upstream': {
    en: 'Find out from the error code why the platform above refused it, then records retry.',
    zh: '上级平台拒收了这条记录。请根据拒收代码查明原因，处理后执行 records retry。',
  },
  'missing-here': {
    en: 'The platform above has it from this account and this store has not: take it back with records salvage from a damaged database, or find out whether somebody else uses the account.',
    zh: '上级平台有本账号报送的这条记录，而本地没有。请用 records salvage 从损坏的数据库中找回，或查明是否有他人在使用本账号。',
  },
  'quarantined-upstream': {
    en: 'The platform above has it and does not count it, for the error code that it gives: the key of the cinema may be missing there, or the record contradicts its code.',
    zh: '上级平台已收到，但按所列代码将其隔离，不计为入场：上级平台可能缺少该影院的公钥，或者记录与其影票信息码不符。',
  },
  'quarantined-here': {
    en: 'Quarantined here, counted upstream: see records quarantined.',
    zh: '这条记录在本地被隔离，而上级平台计为入场：请用 records quarantined 查看原因。',
  },
  'undone-here': {
    en: 'The guest did not go in and the entry was undone here, while it counts upstream: see records undone for what became of that, and look at the line above in GET /health.',
    zh: '观众没有入场，本地已撤销，而上级平台仍计为入场：请用 records undone 查看撤销的报送情况，并在 GET /health 中查看与上级平台的连接。',
  },
  'undone-upstream': {
    en: 'The entry was undone upstream, while it counts here: ask there why; where the guest did not go in, undo it here too.',
    zh: '上级平台已撤销这次入场，而本地仍计为入场：请向上级平台了解原因；观众确实没有入场的，在本地也撤销。',
  },
  differs: {
    en: 'The two do not hold the same: compare what differs with what was sold and scanned, and find out on which side it was changed. What is missing above, records resend fills in.',
    zh: '两边的内容不一致：请将不一致的内容与售票和检票的实际情况核对，查明是哪一边被改动。上级平台缺少的内容，可用 records resend 补上。',
  },
  'undelivered-upstream': {
    en: 'The platform above has not passed it on within its deadline, or was refused with the error code that it gives: its administrator sees why.',
    zh: '上级平台未在时限内继续上报，或被再上一级按所列代码拒收：请联系上级平台的管理员。',
  },
  'on-its-way': { en: 'Nothing: look again in some minutes.', zh: '无需处理：正在报送，几分钟后再看。' },
  completed: {
    en: 'Nothing: the platform above filled what was not known here at the scan.',
    zh: '无需处理：检票时本地尚不知道的内容已由上级平台补全。',
  },
};

const LATE: InBoth = {
  en: 'It waits to be sent, and its deadline has passed: look at the line above in GET /health.',
  zh: '这条记录仍待报送，已超过报送时限：请在 GET /health 中查看与上级平台的连接。',
};
const LOST: InBoth = {
  en: 'The platform above had confirmed it and has not got it: send it again with records resend. One that is named still after that came there through another account, as this one was called before for example, and nothing is missing: the administrator there runs account replaces, and it is listed to this one too.',
  zh: '上级平台曾确认收到，现在却没有：请用 records resend 重新报送。之后仍列出的，是经另一个账号（例如本方以前的用户名）收到的，并没有缺少：请上级平台的管理员执行 account replaces，说明本账号接替原账号，即可核对。',
};

function adviceOn({ kind, state }: Pick<Finding, 'kind' | 'state'>): InBoth {
  if (kind === 'missing-upstream') return state === 'WAITING' ? LATE : LOST;
  return ADVICE[kind];
}

/** A finding as `reconcile` prints it. `compared`: whether the records themselves could be compared, or only how they were sent. */
export function findingJson(finding: Finding, compared: Compared): Row {
  const { kind, record, elements, state, errorCode } = finding;
  const advice = adviceOn(finding);
  const differences = Object.entries(elements).map(([name, { here, upstream }]) => [
    name,
    { Here: here, Upstream: upstream },
  ]);
  return {
    Kind: kind,
    ...elementsJson(record, 'RecordId', 'CinemaCode', 'FilmTicketCode', 'StartTime', 'CheckTime'),
    Compared: compared,
    ...(state !== undefined && { Way: state.toLowerCase() }),
    ...(errorCode !== undefined && { ErrorCode: errorCode }),
    ...(differences.length > 0 && { Elements: Object.fromEntries(differences) }),
    Advice: advice.en,
    AdviceZh: advice.zh,
  };
}

const KINDS = wordsOf({ ...DIFFERENCE_NAMES, 'not-compared': ['影院未能对账', 'cinema not compared'] });

const ELEMENTS = new Map(recordColumns({ sends: false, checkedBy: 'Account' }).map(({ name, head }) => [name, head]));

export const FINDING_COLUMNS: readonly Column[] = [
  { ...column('Kind', '差异', 'Difference'), words: KINDS },
  {
    ...column('CheckTime', ...ELEMENT_NAMES.CheckTime),
    of: ({ CheckTime, BusinessDate }) => CheckTime ?? BusinessDate,
  },
  ...columns('CinemaCode', 'FilmTicketCode', 'StartTime'),
  { ...column('Elements', '不一致的内容', 'What differs'), of: differencesOf },
  column('ErrorCode', '代码', 'Error code'),
  {
    ...column('Advice', '怎么办', 'What to do'),
    of: ({ Advice, AdviceZh = Advice }, language) => (language === 'zh' ? AdviceZh : Advice),
  },
  column('RecordId', '记录标识', 'RecordId'),
];

function differencesOf({ Elements }: Row, language: Language): string {
  const differing = Object.entries((Elements ?? {}) as Record<string, { Here: unknown; Upstream: unknown }>);
  const differences = differing.map(([name, { Here, Upstream }]) => {
    const [named, mine, theirs] = [ELEMENTS.get(name)?.[language] ?? name, textOf(Here), textOf(Upstream)];
    return language === 'zh' ? `${named}：本地 ${mine}，上级 ${theirs}` : `${named}: here ${mine}, upstream ${theirs}`;
  });
  return differences.join(language === 'zh' ? '；' : '; ');
}

const textOf = (value: unknown): string =>
  value === null || value === undefined ? '' : typeof value === 'string' ? value : JSON.stringify(value);
