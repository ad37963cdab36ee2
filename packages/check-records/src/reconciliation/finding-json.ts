import type { InBoth } from '../reports/table.ts';
import type { Finding, FindingKind } from './judge-pair.ts';

/** What to do about each kind of finding, one sentence or two. */
const ADVICE: Readonly<Record<FindingKind, InBoth>> = {
  'missing-upstream': {
    en: 'Where Way is delivered, the platform above has lost it: send it again with records resend. One that is named still after that came there through another account, as this one was called before for example, and nothing is missing: the administrator there runs account replaces, and it is listed to this one too. Where Way is waiting, its deadline has passed: look at the line above in GET /health.',
    zh: 'Way 为 delivered：上级平台丢失了这条记录，请用 records resend 重新报送；之后仍列出的，是经另一个账号（例如本方以前的用户名）收到的，并没有缺少：请上级平台的管理员执行 account replaces，说明本账号接替原账号，即可核对。Way 为 waiting：已超过报送时限，请在 GET /health 中查看与上级平台的连接。',
  },
  'refused-upstream': {
    en: 'Find out from ErrorCode why the platform above refused it, then records retry.',
    zh: '上级平台拒收了这条记录。请根据 ErrorCode 查明原因，处理后执行 records retry。',
  },
  'missing-here': {
    en: 'The platform above has it from this account and this store has not: take it back with records salvage from a damaged database, or find out whether somebody else uses the account.',
    zh: '上级平台有本账号报送的这条记录，而本地没有。请用 records salvage 从损坏的数据库中找回，或查明是否有他人在使用本账号。',
  },
  'quarantined-upstream': {
    en: 'The platform above has it and does not count it, for ErrorCode: the key of the cinema may be missing there, or the record contradicts its code.',
    zh: '上级平台已收到，但因 ErrorCode 将其隔离，不计为入场：上级平台可能缺少该影院的公钥，或者记录与其影票信息码不符。',
  },
  'quarantined-here': {
    en: 'It is kept aside here and counts upstream: see records quarantined.',
    zh: '这条记录在本地被隔离，而上级平台计为入场：请用 records quarantined 查看原因。',
  },
  differs: {
    en: 'The two do not hold the same: compare Elements with what was sold and scanned, and find out on which side it was changed.',
    zh: '两边的内容不一致：请将 Elements 与售票和检票的实际情况核对，查明是哪一边被改动。',
  },
  'undelivered-upstream': {
    en: 'The platform above has not passed it on within its deadline, or was refused with ErrorCode: its administrator sees why.',
    zh: '上级平台未在时限内继续上报，或被再上一级以 ErrorCode 拒收：请联系上级平台的管理员。',
  },
  'on-its-way': { en: 'Nothing: look again in some minutes.', zh: '无需处理：正在报送，几分钟后再看。' },
  completed: {
    en: 'Nothing: the platform above filled what was not known here at the scan.',
    zh: '无需处理：检票时本地尚不知道的内容已由上级平台补全。',
  },
};

/** A finding as `reconcile` prints it. `compared`: whether the records themselves could be compared, or only how they were sent. */
export function findingJson(
  { kind, record, elements, state, errorCode }: Finding,
  compared: 'records' | 'status',
): Record<string, unknown> {
  const { recordId, cinemaCode, filmTicketCode, startTime, checkTime } = record;
  const differences = Object.entries(elements).map(([name, { here, upstream }]) => [
    name,
    { Here: here, Upstream: upstream },
  ]);
  return {
    Kind: kind,
    RecordId: recordId,
    CinemaCode: cinemaCode,
    FilmTicketCode: filmTicketCode,
    StartTime: startTime,
    CheckTime: checkTime,
    Compared: compared,
    ...(state !== undefined && { Way: state.toLowerCase() }),
    ...(errorCode !== undefined && { ErrorCode: errorCode }),
    ...(differences.length > 0 && { Elements: Object.fromEntries(differences) }),
    Advice: ADVICE[kind].en,
    AdviceZh: ADVICE[kind].zh,
  };
}
