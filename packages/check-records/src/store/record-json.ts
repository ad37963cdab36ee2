import { checkTicketJson } from '@ticket-check/protocol';
import type { ListedRecord } from './list-records.ts';

/**
 * A check record as the list commands print it: the elements of a report (scheme 6.6.2.2.2; an empty TicketType is unknown,
 * reading R5), the account that reported it and, if the terminal sent it, the gate. `ErrorCode` is null unless the record is
 * quarantined. `OverriddenVerdict` is present if a supervisor let the guest in (reading R10), `UndoneAt` if the guest did not
 * go in (reading R9).
 */
export function recordJson(record: ListedRecord): Record<string, unknown> {
  const form = { extended: true, overrides: true, priceForm: 'two-decimals' } as const;
  const { RecordId, ...elements } = checkTicketJson(record, form);
  return {
    RecordId,
    CinemaCode: record.cinemaCode,
    ...elements,
    Quarantined: record.quarantine !== null,
    ErrorCode: record.quarantine,
    Differences: record.differences,
    First: record.first,
    ...(record.undone !== null && { UndoneAt: record.undone.at, UndoneUpstream: record.undone.upstream }),
    ...(record.account !== '' && { Account: record.account }),
    ...(record.gate !== '' && { Gate: record.gate }),
    ...(record.offline !== null && { Offline: record.offline }),
    ReceivedAt: record.receivedAt,
  };
}
