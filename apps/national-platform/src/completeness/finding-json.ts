import type { Row } from '@ticket-check/check-records';
import type { BusinessDate, CinemaCode } from '@ticket-check/protocol';
import type { NotCompared, ToldFinding } from './reconcile-told.ts';

type InBoth = { readonly zh: string; readonly en: string };

type AdvisedKind = ToldFinding['kind'] | NotCompared['reason'];

/** What to do about each kind of finding, as `reconcile` prints it and the console shows it. */
const ADVICE: Readonly<Record<AdvisedKind, InBoth>> = {
  'hour-differs': {
    en: 'This hour does not hold the same on both sides. The records that the platform has found to differ follow; where none does, or fewer than the numbers say, ask it to run reconcile for this date.',
    zh: '这一小时两边的记录不一致。其后列出检票平台已查明的记录；没有列出、或少于差额时，请要求该平台对这一营业日执行 reconcile。',
  },
  'missing-here': {
    en: 'The platform has it and it did not arrive here: ask the platform to send it again (records resend), and why it was not sent.',
    zh: '检票平台有这条记录，而本平台没有收到：请要求该平台重新报送（records resend），并说明未报送的原因。',
  },
  'refused-here': {
    en: 'The platform sent it and it was refused here, for the error code given: the platform finds out why and tries again (records retry).',
    zh: '检票平台已报送，本平台按所列代码拒收：请该平台查明原因后重试（records retry）。',
  },
  'missing-below': {
    en: 'It is here and the platform has it no more: ask whether its database was damaged or restored, and whether somebody else uses its account.',
    zh: '本平台有这条记录，而检票平台已经没有：请了解其数据库是否损坏或恢复过，以及是否有他人在使用其账号。',
  },
  'quarantined-here': {
    en: 'It arrived and is kept aside here, for the error code given: see records quarantined. The key of the cinema may be missing, or the record contradicts its code.',
    zh: '本平台已收到并按所列代码隔离：请用 records quarantined 查看。可能缺少该影院的公钥，或者记录与其影票信息码不符。',
  },
  'quarantined-below': {
    en: 'It counts here and the platform keeps it aside, for the error code given: ask the platform why.',
    zh: '本平台计为入场，而检票平台按所列代码隔离：请向该平台了解原因。',
  },
  'undone-here': {
    en: 'It was undone here and counts at the platform: ask the platform whether the guest went in.',
    zh: '本平台已撤销，而检票平台仍计为入场：请向该平台了解观众是否入场。',
  },
  'undone-below': {
    en: 'The platform has undone it and it counts here: ask the platform what became of telling it (records undone).',
    zh: '检票平台已撤销，而本平台仍计为入场：请该平台查看撤销的报送情况（records undone）。',
  },
  differs: {
    en: 'The two do not hold the same: compare what differs with the ticket as it was sold, and find out on which side it was changed.',
    zh: '两边的内容不一致：请将不一致的内容与售出的影票核对，查明是哪一边被改动。',
  },
  'not-told': {
    en: 'The platform told nothing of this date, so it is not known whether all has arrived: ask it to run reconcile for this date.',
    zh: '检票平台未告知这一营业日的情况，无从得知记录是否齐全：请该平台对这一营业日执行 reconcile。',
  },
  'counts-alone': {
    en: 'The platform told the number alone, as it does while a date goes on: run reconcile again once the date is over and the platform has compared it.',
    zh: '检票平台只告知了入场数，营业日尚未结束时即如此：请在营业日结束、该平台核对之后再次执行 reconcile。',
  },
};

export type Place = { readonly date: BusinessDate; readonly cinemaCode: CinemaCode; readonly platform: string };

export const adviceJson = (kind: AdvisedKind) => ({ Advice: ADVICE[kind].en, AdviceZh: ADVICE[kind].zh });

/** A cinema and platform of which it is not known whether anything differs, as `reconcile` prints it. */
export const notComparedJson = ({ reason }: NotCompared, { date, cinemaCode, platform }: Place) => ({
  Kind: 'not-compared',
  CinemaCode: cinemaCode,
  BusinessDate: date,
  Reason: reason,
  Platform: platform,
  ...adviceJson(reason),
});

/** A finding as `reconcile` prints it. */
export function findingJson(finding: ToldFinding, { cinemaCode, platform }: Omit<Place, 'date'>): Row {
  const ends = { Compared: 'told', Platform: platform, ...adviceJson(finding.kind) };
  if (finding.kind === 'hour-differs') {
    const countsJson = ({ records, quarantined }: typeof finding.here) => ({
      Records: records,
      Quarantined: quarantined,
    });
    return {
      Kind: finding.kind,
      CinemaCode: cinemaCode,
      Hour: finding.hour,
      Here: countsJson(finding.here),
      Below: countsJson(finding.below),
      ...ends,
    };
  }
  const { recordId, filmTicketCode, startTime, checkTime, errorCode, elements } = finding.told;
  return {
    Kind: finding.kind,
    RecordId: recordId,
    CinemaCode: cinemaCode,
    FilmTicketCode: filmTicketCode,
    StartTime: startTime,
    CheckTime: checkTime,
    ...(errorCode !== null && { ErrorCode: errorCode }),
    ...(elements.length > 0 && { Elements: elements }),
    ...ends,
  };
}
