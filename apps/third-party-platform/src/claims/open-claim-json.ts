import type { OpenClaim } from './claim-store.ts';

/** A claim without a record, as the commands print it. */
export function openClaimJson(claim: OpenClaim) {
  return {
    RecordId: claim.recordId,
    CinemaCode: claim.cinemaCode,
    FilmTicketCode: claim.filmTicketCode,
    StartTime: claim.startTime,
    CheckTime: claim.checkTime,
    Gate: claim.gate,
    Username: claim.account,
    ClaimedAt: claim.claimedAt,
  };
}
