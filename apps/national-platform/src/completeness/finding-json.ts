import type { Row } from '@ticket-check/check-records';
import type { BusinessDate, CinemaCode } from '@ticket-check/protocol';
import type { DifferingHour, NotCompared } from './reconcile-told.ts';

type InBoth = { readonly zh: string; readonly en: string };

/** What to do about each kind of finding, as `reconcile` prints it and the console shows it. */
const ADVICE: Readonly<Record<'hour-differs' | NotCompared['reason'], InBoth>> = {
  'hour-differs': {
    en: 'This hour differs between the two sides: ask the platform to run reconcile for this date, which lists the records that differ.',
    zh: '这一小时两边的记录不一致：请该平台对这一营业日执行 reconcile，逐条列出不一致的记录。',
  },
  'not-told': {
    en: 'The platform reported nothing of this date, so it is not known whether all has arrived: ask it to run reconcile for this date.',
    zh: '检票平台未告知这一营业日的情况，无从得知记录是否齐全：请该平台对这一营业日执行 reconcile。',
  },
  'counts-alone': {
    en: 'The platform reported only the number, as it does while a date goes on: run reconcile again once the date is over and the platform has reported its hours.',
    zh: '检票平台只告知了入场数，营业日尚未结束时即如此：请在营业日结束、该平台报告各小时情况之后再次执行 reconcile。',
  },
};

export type Place = { readonly date: BusinessDate; readonly cinemaCode: CinemaCode; readonly platform: string };

const adviceJson = (kind: keyof typeof ADVICE) => ({ Advice: ADVICE[kind].en, AdviceZh: ADVICE[kind].zh });

/** A cinema and platform that could not be compared, as `reconcile` prints it. */
export const notComparedJson = ({ reason }: NotCompared, { date, cinemaCode, platform }: Place) => ({
  Kind: 'not-compared',
  CinemaCode: cinemaCode,
  BusinessDate: date,
  Reason: reason,
  Platform: platform,
  ...adviceJson(reason),
});

/** A differing hour, as `reconcile` prints it. */
export function findingJson({ hour, here, below }: DifferingHour, { cinemaCode, platform }: Omit<Place, 'date'>) {
  const countsJson = ({ records, quarantined }: typeof here) => ({ Records: records, Quarantined: quarantined });
  return {
    Kind: 'hour-differs',
    CinemaCode: cinemaCode,
    Hour: hour,
    Here: countsJson(here),
    Below: countsJson(below),
    Compared: 'told',
    Platform: platform,
    ...adviceJson('hour-differs'),
  } satisfies Row;
}
