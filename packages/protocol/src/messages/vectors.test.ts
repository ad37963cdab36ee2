import { expect, test } from 'vitest';
import { parseCinemaCode, type TicketIdentity } from '../codes.ts';
import { readReply } from '../envelope/reply.ts';
import { readCases, refusalOf } from '../testing/vectors.ts';
import { parseCheckTicket } from './check-record.ts';
import { readTicketInfoReply } from './read-ticket-info-reply.ts';
import { readReportReply } from './report.ts';

type RecordCase = { name: string; cinemaCode: string; element: object; expected?: object; error?: string; at?: string };

test.each(readCases<RecordCase>('check-records.json'))('check-records.json: $name', (given) => {
  const { cinemaCode, element, expected, error, at } = given;
  const read = () => parseCheckTicket(element, parseCinemaCode(cinemaCode), { extended: false });
  if (error === undefined) {
    const { filmTicketCode, rowNum, columnNum, price, service } = read();
    expect({ filmTicketCode, rowNum, columnNum, priceFen: price, serviceFen: service }).toEqual(expected);
  } else expect(refusalOf(read)).toMatchObject({ code: error, details: { element: at } });
});

type ReplyCase = {
  name: string;
  api: string;
  body: string;
  asked?: TicketIdentity;
  expected?: unknown;
  error?: string;
};

test.each(readCases<ReplyCase>('replies.json'))('replies.json: $api, $name', ({ body, asked, expected, error }) => {
  function read(): unknown {
    const { datetime, replyData } = readReply(Buffer.from(body));
    if (asked === undefined) return { datetime, reportResult: readReportReply(replyData).result };
    const info = readTicketInfoReply(replyData, asked);
    if (info === 'unknown-ticket') return info;
    const { checkStatus, refundStatus, refundTime } = info;
    return { datetime, checkStatus, refundStatus, refundTime };
  }
  if (error === undefined) expect(read()).toEqual(expected);
  else expect(refusalOf(read).code).toBe(error);
});
