import type { Finding, FindingKind } from './judge-pair.ts';

/** What to do about each kind of finding, one sentence or two. */
const ADVICE: Readonly<Record<FindingKind, string>> = {
  'missing-upstream':
    'Where Way is delivered, the platform above has lost it, or got it through another account: send it again with records resend. Where Way is waiting, its deadline has passed: look at the line above in GET /health.',
  'refused-upstream': 'Find out from ErrorCode why the platform above refused it, then records retry.',
  'missing-here':
    'The platform above has it from this account and this store has not: take it back with records salvage from a damaged database, or find out whether somebody else uses the account.',
  'quarantined-upstream':
    'The platform above has it and does not count it, for ErrorCode: the key of the cinema may be missing there, or the record contradicts its code.',
  'quarantined-here': 'It is kept aside here and counts upstream: see records quarantined.',
  differs:
    'The two do not hold the same: compare Elements with what was sold and scanned, and find out on which side it was changed.',
  'undelivered-upstream':
    'The platform above has not passed it on within its deadline, or was refused with ErrorCode: its administrator sees why.',
  'on-its-way': 'Nothing: look again in some minutes.',
  completed: 'Nothing: the platform above filled what was not known here at the scan.',
};

/** A finding as `reconcile` prints it. `compared`: whether the records themselves could be compared, or only how they were sent. */
export function findingJson(
  { kind, record, elements, way, errorCode }: Finding,
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
    ...(way !== undefined && { Way: way }),
    ...(errorCode !== undefined && { ErrorCode: errorCode }),
    ...(differences.length > 0 && { Elements: Object.fromEntries(differences) }),
    Advice: ADVICE[kind],
  };
}
