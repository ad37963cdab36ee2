import type { StatedRecord } from '@ticket-check/check-records';
import type { TicketInfo } from '@ticket-check/protocol';
import type { Holder } from '../claims/transition.ts';

export type TicketFinding = keyof typeof WORDS;

/** What is known of a ticket: what the national platform says (null if it did not answer), its claim and its entries here. */
export type KnownTicket = {
  readonly info: TicketInfo | 'unknown-ticket' | null;
  readonly holder: Pick<Holder, 'recorded'> | null;
  readonly entries: readonly Pick<StatedRecord, 'state'>[];
};

/** Findings about a ticket, the most urgent first. */
export function ticketFindings({ info, holder, entries }: KnownTicket): readonly TicketFinding[] {
  const found: TicketFinding[] = [];
  const isEntered = entries.length > 0;
  if (entries.length > 1) found.push('double');
  if (info === 'unknown-ticket') found.push(isEntered ? 'entered-and-unknown' : 'unknown');
  else if (info !== null) {
    const { checkStatus, refundStatus } = info;
    if (refundStatus === 'Yes') found.push(isEntered || checkStatus === 'Yes' ? 'refunded-and-entered' : 'refunded');
    if (!isEntered && checkStatus === 'Yes') found.push('entered-elsewhere');
    if (isEntered && checkStatus === 'No') found.push('on-its-way');
  }
  if (holder !== null && !holder.recorded) found.push('claim-open');
  return found;
}

const WORDS = {
  double: {
    Wrong: 'There are several entries with this ticket',
    Advice: 'Compare their times and gates, and note the outcome in the worklist.',
    WrongZh: '该影票有多次入场记录',
    AdviceZh: '核对各次入场的时间和检票口；在“待核实”中记录结果。',
  },
  'refunded-and-entered': {
    Wrong: 'It was refunded, and somebody went in with it',
    Advice: 'Compare the times of both, and tell the accounts of the cinema.',
    WrongZh: '该影票已退票，但有入场记录',
    AdviceZh: '核对退票时间与入场时间；请影院财务处理。',
  },
  'entered-and-unknown': {
    Wrong: 'Somebody went in with it, and the national platform does not know it',
    Advice: 'The cinema may not have handed in what it sold: ask it to.',
    WrongZh: '有入场记录，但国家平台查无此票',
    AdviceZh: '可能是影院尚未上报售票信息；请影院补报。',
  },
  refunded: {
    Wrong: 'It was refunded',
    Advice: 'Nobody goes in with it.',
    WrongZh: '该影票已退票',
    AdviceZh: '不得入场。',
  },
  'entered-elsewhere': {
    Wrong: 'The national platform has an entry of it, and there is none here',
    Advice: 'Somebody went in at a terminal of another platform, or its record was purged here when its time had come.',
    WrongZh: '国家平台已有该影票的入场记录，本平台没有',
    AdviceZh: '该影票可能在其他平台的检票终端入场，或者其记录已按期清除。',
  },
  'on-its-way': {
    Wrong: 'Its entry has not reached the national platform yet',
    Advice: 'It goes there by itself within minutes; where that takes longer look at the line.',
    WrongZh: '入场记录尚未到达国家平台',
    AdviceZh: '通常几分钟内自动上报；时间较长时请查看与国家平台的线路。',
  },
  'claim-open': {
    Wrong: 'It is claimed, and the record of the entry has not come',
    Advice: 'Wait for the terminal; where that is broken and nobody went in, a supervisor can release the claim.',
    WrongZh: '已占票，但入场记录尚未收到',
    AdviceZh: '等待终端上报；终端损坏且观众未入场时，主管可归还占票。',
  },
  unknown: {
    Wrong: 'The national platform does not know it',
    Advice: 'Are the cinema, the ticket code and the start of the session right?',
    WrongZh: '国家平台查无此票',
    AdviceZh: '核对影院编码、电影票编码和场次时间。',
  },
};

export const findingJson = (Code: TicketFinding) => ({ Code, ...WORDS[Code] });
